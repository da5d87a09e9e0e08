using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Mailstead.Directories.Credentials;

/// <summary>
/// Remembers for some minutes that a password was right, so that a client that connects often does not cost an Argon2id each time.
/// Kept is an HMAC under a key that dies with the process; a changed password changes what is looked for.
/// </summary>
internal sealed class VerifiedPasswords(TimeProvider clock)
{
    private const int EntriesMax = 100_000;
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, DateTimeOffset> entries = new(StringComparer.Ordinal);

    public bool Contains(Guid userId, long changedAt, string password) =>
        entries.TryGetValue(EntryOf(userId, changedAt, password), out var until) && until > clock.GetUtcNow();

    public void Add(Guid userId, long changedAt, string password)
    {
        var now = clock.GetUtcNow();
        if (entries.Count >= EntriesMax)
        {
            foreach (var (entry, _) in entries.Where(entry => entry.Value <= now))
                entries.TryRemove(entry, out _);
            if (entries.Count >= EntriesMax)
                entries.Clear();
        }

        entries[EntryOf(userId, changedAt, password)] = now + Life;
    }

    private string EntryOf(Guid userId, long changedAt, string password) =>
        Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{userId:N} {changedAt} {password}")));
}

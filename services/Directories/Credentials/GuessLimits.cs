using System.Collections.Concurrent;

namespace Mailstead.Directories.Credentials;

/// <summary>
/// Slows down guessing: after some wrong passwords for a login from an address, and after many from an address whatever the login,
/// the next attempt has to wait, longer each time. A right password clears the login.
/// </summary>
internal sealed class GuessLimits(TimeProvider clock)
{
    private const int EntriesMax = 100_000;
    internal const int FreePerLogin = 5;
    internal const int FreePerAddress = 100;
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, Failures> entries = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long an attempt has to wait now; zero: not at all.</summary>
    public TimeSpan WaitOf(string login, string address)
    {
        var now = clock.GetUtcNow();
        var until = Max(UntilOf(LoginKey(login, address)), UntilOf(AddressKey(address)));
        return until > now ? until - now : TimeSpan.Zero;
    }

    public void Failed(string login, string address)
    {
        if (entries.Count >= EntriesMax)
            Forget();
        Count(LoginKey(login, address), FreePerLogin);
        Count(AddressKey(address), FreePerAddress);
    }

    public void Succeeded(string login, string address) => entries.TryRemove(LoginKey(login, address), out _);

    internal static string LoginKey(string login, string address) => $"{address} {login}";

    internal static string AddressKey(string address) => address;

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private DateTimeOffset UntilOf(string key) => entries.TryGetValue(key, out var failures) ? failures.Until : default;

    private void Count(string key, int free)
    {
        var now = clock.GetUtcNow();
        entries.AddOrUpdate(
            key,
            _ => new Failures(1, now),
            (_, earlier) =>
            {
                var count = now - earlier.Until > Longest ? 1 : earlier.Count + 1;
                var wait = count <= free ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Pow(2, Math.Min(count - free, 10)));
                return new Failures(count, now + (wait < Longest ? wait : Longest));
            });
    }

    private void Forget()
    {
        var now = clock.GetUtcNow();
        foreach (var (key, _) in entries.Where(entry => entry.Value.Until < now))
            entries.TryRemove(key, out _);
        if (entries.Count >= EntriesMax)
            entries.Clear();
    }

    private sealed record Failures(int Count, DateTimeOffset Until);
}

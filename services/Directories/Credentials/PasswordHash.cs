using System.Security.Cryptography;
using System.Text;
using Konscious.Security.Cryptography;

namespace Mailstead.Directories.Credentials;

/// <summary>
/// Argon2id (RFC 9106) with 19 MiB, two passes, one lane, a salt for each password. Few at a time: each takes a core for a fifth of
/// a second, and the rest of the process must breathe.
/// </summary>
internal sealed class PasswordHash : IDisposable
{
    private const int SaltOctets = 16;
    private const int HashOctets = 32;
    private const int MemoryKiB = 19 * 1024;
    private const int Passes = 2;
    private const int AtOnce = 2;

    private readonly SemaphoreSlim slots = new(AtOnce);

    /// <summary>salt | hash</summary>
    public async Task<byte[]> CreateAsync(string password, CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltOctets);
        return [.. salt, .. await ComputeAsync(password, salt, cancellationToken)];
    }

    public async Task<bool> VerifyAsync(string password, byte[] stored, CancellationToken cancellationToken)
    {
        var computed = await ComputeAsync(password, stored[..SaltOctets], cancellationToken);
        return CryptographicOperations.FixedTimeEquals(computed, stored.AsSpan(SaltOctets));
    }

    /// <summary>As long as a real check: who is not there can't be told from who is.</summary>
    public Task PretendAsync(string password, CancellationToken cancellationToken) =>
        ComputeAsync(password, new byte[SaltOctets], cancellationToken);

    public void Dispose() => slots.Dispose();

    private async Task<byte[]> ComputeAsync(string password, byte[] salt, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(
                () =>
                {
                    using var argon = new Argon2id(Encoding.UTF8.GetBytes(password))
                    {
                        Salt = salt,
                        MemorySize = MemoryKiB,
                        Iterations = Passes,
                        DegreeOfParallelism = 1,
                    };
                    return argon.GetBytes(HashOctets);
                },
                cancellationToken);
        }
        finally
        {
            slots.Release();
        }
    }
}

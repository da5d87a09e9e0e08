using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Mailstead.Persistence.Encryption;

/// <summary>
/// A data key in memory, shared by its leases. The cache holds one lease of its own; when the last lease ends, everything
/// is zeroed.
/// </summary>
internal sealed class DataKeyEntry : IDisposable
{
    private readonly byte[] octets;
    private readonly AesGcm gcm;
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, byte[]> indexKeys = new(StringComparer.Ordinal);
    private int leases = 1;

    public DataKeyEntry(byte[] octets, DateTimeOffset expiresAt)
    {
        this.octets = octets;
        ExpiresAt = expiresAt;
        var sealing = Derive("seal");
        gcm = new AesGcm(sealing, SealedBox.TagOctets);
        CryptographicOperations.ZeroMemory(sealing);
    }

    public DateTimeOffset ExpiresAt { get; }

    /// <summary>False: it has been zeroed already.</summary>
    public bool TryLease()
    {
        while (true)
        {
            var now = Volatile.Read(ref leases);
            if (now == 0)
                return false;
            if (Interlocked.CompareExchange(ref leases, now + 1, now) == now)
                return true;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref leases) > 0)
            return;
        CryptographicOperations.ZeroMemory(octets);
        foreach (var key in indexKeys.Values)
            CryptographicOperations.ZeroMemory(key);
        gcm.Dispose();
    }

    public byte[] Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> context)
    {
        lock (gate)
            return SealedBox.Seal(gcm, plaintext, context, nonceDomain: null);
    }

    public byte[] Open(ReadOnlySpan<byte> box, ReadOnlySpan<byte> context)
    {
        lock (gate)
            return SealedBox.Open(gcm, box, context);
    }

    public byte[] BlindIndex(ReadOnlySpan<byte> value, string purpose) =>
        HMACSHA256.HashData(indexKeys.GetOrAdd(purpose, static (name, entry) => entry.Derive("index " + name), this), value);

    private byte[] Derive(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, octets, 32, info: Encoding.UTF8.GetBytes("mailstead " + purpose));
}

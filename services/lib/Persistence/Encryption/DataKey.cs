namespace Mailstead.Persistence.Encryption;

/// <summary>A lease of a data key; dispose it as soon as the work is done. Safe for concurrent use until then.</summary>
public sealed class DataKey : IDisposable
{
    private DataKeyEntry? entry;

    internal DataKey(DataKeyEntry entry) => this.entry = entry;

    private DataKeyEntry Entry => entry ?? throw new ObjectDisposedException(nameof(DataKey));

    /// <summary>AES-256-GCM: nonce(12) | ciphertext | tag(16), bound to <paramref name="context"/>.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> context) => Entry.Seal(plaintext, context);

    /// <exception cref="System.Security.Cryptography.CryptographicException">It was changed or belongs elsewhere.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedBox, ReadOnlySpan<byte> context) => Entry.Open(sealedBox, context);

    /// <summary>
    /// HMAC-SHA256 of <paramref name="value"/> under a key derived for <paramref name="purpose"/>: equal values can be found
    /// again, and nothing else can be learnt from it. 32 octets.
    /// </summary>
    public byte[] BlindIndex(ReadOnlySpan<byte> value, string purpose) => Entry.BlindIndex(value, purpose);

    public void Dispose() => Interlocked.Exchange(ref entry, null)?.Dispose();
}

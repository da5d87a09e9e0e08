using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Mailstead.Persistence.Encryption;

/// <summary>
/// The key of one message: 256 random bits, used for that message's body and what is derived from it.
/// <list type="number">
/// <item>Body frames take nonces of domain 0: the frame number. One key encrypts one body, so none repeats.</item>
/// <item>Boxes take nonces of domain 1: 88 random bits. The two domains never meet.</item>
/// <item>Octets are zeroed by Dispose; nothing of the key is ever written but sealed under another key.</item>
/// </list>
/// Safe for concurrent use.
/// </summary>
public sealed class MessageKey : IDisposable
{
    public const int OctetCount = 32;
    internal const byte FrameDomain = 0;
    private const byte BoxDomain = 1;
    private const int LengthPrefix = 4;

    private readonly byte[] octets;
    private readonly AesGcm gcm;
    private readonly Lock gate = new();

    private MessageKey(byte[] octets)
    {
        this.octets = octets;
        gcm = new AesGcm(octets, SealedBox.TagOctets);
    }

    public ReadOnlySpan<byte> Octets => octets;

    public static MessageKey Create() => new(RandomNumberGenerator.GetBytes(OctetCount));

    /// <summary>Takes a copy.</summary>
    /// <exception cref="ArgumentException">Not 32 octets.</exception>
    public static MessageKey From(ReadOnlySpan<byte> octets) =>
        octets.Length == OctetCount
            ? new MessageKey(octets.ToArray())
            : throw new ArgumentException("A message key has 32 octets", nameof(octets));

    /// <summary>AES-256-GCM: nonce(12) | ciphertext | tag(16), bound to <paramref name="context"/>.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> context)
    {
        lock (gate)
            return SealedBox.Seal(gcm, plaintext, context, BoxDomain);
    }

    /// <exception cref="CryptographicException">It was changed, belongs elsewhere, or is under another key.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedBox, ReadOnlySpan<byte> context)
    {
        lock (gate)
            return SealedBox.Open(gcm, sealedBox, context);
    }

    /// <summary>As <see cref="Seal"/>, compressed first.</summary>
    public byte[] SealCompressed(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> context)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LengthPrefix + Compression.Bound(plaintext.Length));
        try
        {
            BinaryPrimitives.WriteInt32LittleEndian(buffer, plaintext.Length);
            var length = Compression.Compress(plaintext, buffer.AsSpan(LengthPrefix));
            return Seal(buffer.AsSpan(0, LengthPrefix + length), context);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <exception cref="CryptographicException">As <see cref="Open"/>, or longer than <paramref name="lengthMax"/>.</exception>
    public byte[] OpenCompressed(ReadOnlySpan<byte> sealedBox, ReadOnlySpan<byte> context, int lengthMax)
    {
        var compressed = Open(sealedBox, context);
        var length = compressed.Length < LengthPrefix ? -1 : BinaryPrimitives.ReadInt32LittleEndian(compressed);
        if (length < 0 || length > lengthMax)
            throw new CryptographicException($"A compressed box claims {length} octets; at most {lengthMax} are expected");
        var plaintext = new byte[length];
        var written = Compression.Decompress(compressed.AsSpan(LengthPrefix), plaintext);
        return written == length
            ? plaintext
            : throw new CryptographicException($"A compressed box holds {written} octets and claims {length}");
    }

    /// <summary>Encrypts frame <paramref name="number"/> of the body into <paramref name="destination"/>: ciphertext | tag(16).</summary>
    internal void SealFrame(ulong number, ReadOnlySpan<byte> plaintext, Span<byte> destination, ReadOnlySpan<byte> context)
    {
        Span<byte> nonce = stackalloc byte[SealedBox.NonceOctets];
        FrameNonce(number, nonce);
        lock (gate)
            gcm.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination[plaintext.Length..], context);
    }

    /// <exception cref="CryptographicException">The frame was changed or belongs elsewhere.</exception>
    internal void OpenFrame(ulong number, ReadOnlySpan<byte> frame, Span<byte> plaintext, ReadOnlySpan<byte> context)
    {
        Span<byte> nonce = stackalloc byte[SealedBox.NonceOctets];
        FrameNonce(number, nonce);
        lock (gate)
            gcm.Decrypt(nonce, frame[..^SealedBox.TagOctets], frame[^SealedBox.TagOctets..], plaintext, context);
    }

    public void Dispose()
    {
        lock (gate)
        {
            gcm.Dispose();
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    private static void FrameNonce(ulong number, Span<byte> nonce)
    {
        nonce.Clear();
        nonce[0] = FrameDomain;
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], number);
    }
}

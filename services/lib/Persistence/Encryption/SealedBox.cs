using System.Security.Cryptography;

namespace Mailstead.Persistence.Encryption;

/// <summary>
/// AES-256-GCM with a random nonce: <c>nonce(12) | ciphertext | tag(16)</c>. Random 96-bit nonces are safe for 2^32 boxes
/// under one key (NIST SP 800-38D §8.3).
/// </summary>
internal static class SealedBox
{
    public const int NonceOctets = 12;
    public const int TagOctets = 16;
    public const int Overhead = NonceOctets + TagOctets;

    /// <param name="nonceDomain">Set: the first octet of every nonce, which keeps kinds of use under one key apart.</param>
    public static byte[] Seal(AesGcm key, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> context, byte? nonceDomain)
    {
        var box = new byte[plaintext.Length + Overhead];
        var nonce = box.AsSpan(0, NonceOctets);
        RandomNumberGenerator.Fill(nonce);
        if (nonceDomain is { } domain)
            nonce[0] = domain;
        key.Encrypt(nonce, plaintext, box.AsSpan(NonceOctets, plaintext.Length), box.AsSpan(NonceOctets + plaintext.Length), context);
        return box;
    }

    /// <exception cref="CryptographicException">It was changed, belongs elsewhere, or is under another key.</exception>
    public static byte[] Open(AesGcm key, ReadOnlySpan<byte> box, ReadOnlySpan<byte> context)
    {
        if (box.Length < Overhead)
            throw new AuthenticationTagMismatchException("A sealed box is at least 28 octets long");
        var plaintext = new byte[box.Length - Overhead];
        key.Decrypt(box[..NonceOctets], box[NonceOctets..^TagOctets], box[^TagOctets..], plaintext, context);
        return plaintext;
    }
}

using System.Security.Cryptography;

namespace Mailstead.Keys.Providers;

/// <summary>AES-256-GCM as this service stores it: nonce (12) | ciphertext | tag (16), the context authenticated.</summary>
internal static class AesBlob
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> context)
    {
        var blob = new byte[NonceLength + plaintext.Length + TagLength];
        var nonce = blob.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plaintext, blob.AsSpan(NonceLength, plaintext.Length), blob.AsSpan(^TagLength..), context);
        return blob;
    }

    /// <summary><see cref="CryptographicException"/> when the blob, the key or the context is another one.</summary>
    public static byte[] Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> blob, ReadOnlySpan<byte> context)
    {
        if (blob.Length < NonceLength + TagLength)
            throw new CryptographicException("A wrapped key is shorter than any can be");

        var plaintext = new byte[blob.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(blob[..NonceLength], blob[NonceLength..^TagLength], blob[^TagLength..], plaintext, context);
        return plaintext;
    }
}

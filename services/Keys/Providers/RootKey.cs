using System.Security.Cryptography;
using System.Text;

namespace Mailstead.Keys.Providers;

/// <summary>
/// The key that wraps all others of the local provider. It comes from the settings or from a file that only the service's user
/// can read, and is set once, at start, by <see cref="OpenRootKey"/>.
/// </summary>
internal sealed class RootKey : IDisposable
{
    public const int Length = 32;

    private byte[]? octets;

    public void Set(byte[] key) => octets = key;

    public byte[] Wrap(ReadOnlySpan<byte> plaintext, EncryptionContext context) =>
        AesBlob.Seal(Octets, plaintext, context.ToOctets(Guid.Empty));

    /// <exception cref="CryptographicException">Another root key, another context, or tampered with.</exception>
    public byte[] Unwrap(ReadOnlySpan<byte> blob, EncryptionContext context) =>
        AesBlob.Open(Octets, blob, context.ToOctets(Guid.Empty));

    /// <summary>Finds a name without telling it: HMAC-SHA-256 under a key that is derived for the purpose.</summary>
    public byte[] Hash(string purpose, string name)
    {
        Span<byte> key = stackalloc byte[Length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Octets, key, [], Encoding.UTF8.GetBytes(purpose));
        try
        {
            return HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(name));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(octets);

    private byte[] Octets => octets ?? throw new InvalidOperationException("The root key is used before it was opened");
}

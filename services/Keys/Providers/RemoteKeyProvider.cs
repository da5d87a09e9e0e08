using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Mailstead.Keys.Providers;

/// <summary>
/// Keys that live elsewhere: each version of a key's material is a key there, and never leaves it. Here is only its name.
/// A ciphertext is the material's version (4 octets) and what was answered there.
/// </summary>
internal abstract class RemoteKeyProvider(string name, KeyMaterials materials, RootKey root) : IKeyProvider
{
    private const int VersionLength = 4;

    public string Name => name;

    public async ValueTask<byte[]> CreateMaterialAsync(Guid keyId, CancellationToken cancellationToken) =>
        root.Wrap(Encoding.UTF8.GetBytes(await CreateKeyAsync(keyId, cancellationToken)), MaterialContext(keyId));

    public int VersionOf(ReadOnlySpan<byte> ciphertext) => BinaryPrimitives.ReadInt32BigEndian(ciphertext);

    public async ValueTask<byte[]> EncryptAsync(
        Guid keyId, ReadOnlyMemory<byte> plaintext, EncryptionContext context, CancellationToken cancellationToken)
    {
        var material = await materials.FindNewestAsync(keyId, cancellationToken);
        var copy = plaintext.ToArray();
        try
        {
            var blob = await SealAsync(new(keyId, NameOf(keyId, material)), copy, context, cancellationToken);
            var ciphertext = new byte[VersionLength + blob.Length];
            BinaryPrimitives.WriteInt32BigEndian(ciphertext, material.Version);
            blob.CopyTo(ciphertext, VersionLength);
            return ciphertext;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    public async ValueTask<byte[]> DecryptAsync(
        Guid keyId, ReadOnlyMemory<byte> ciphertext, EncryptionContext context, CancellationToken cancellationToken)
    {
        if (ciphertext.Length <= VersionLength)
            throw new CryptographicException("A ciphertext is shorter than any can be");
        var material = await materials.FindAsync(keyId, VersionOf(ciphertext.Span), cancellationToken);
        return await OpenAsync(new(keyId, NameOf(keyId, material)), ciphertext[VersionLength..].ToArray(), context, cancellationToken);
    }

    public async Task ForgetAsync(Guid keyId, IReadOnlyList<KeyMaterial> forgotten, CancellationToken cancellationToken)
    {
        foreach (var material in forgotten)
            await DeleteKeyAsync(NameOf(keyId, material), cancellationToken);
    }

    /// <summary>Makes a key there and gives its name.</summary>
    protected abstract Task<string> CreateKeyAsync(Guid keyId, CancellationToken cancellationToken);

    protected abstract Task<byte[]> SealAsync(RemoteKey key, byte[] plaintext, EncryptionContext context, CancellationToken cancellationToken);

    /// <exception cref="CryptographicException">Another key, another context, or tampered with.</exception>
    protected abstract Task<byte[]> OpenAsync(RemoteKey key, byte[] ciphertext, EncryptionContext context, CancellationToken cancellationToken);

    /// <summary>Deletes a key there, which may be gone already: an earlier attempt may have been cut off after it.</summary>
    protected abstract Task DeleteKeyAsync(string name, CancellationToken cancellationToken);

    private string NameOf(Guid keyId, KeyMaterial material) => Encoding.UTF8.GetString(root.Unwrap(material.Stored, MaterialContext(keyId)));

    private EncryptionContext MaterialContext(Guid keyId) => new($"mailstead:{name}", keyId.ToString());

    /// <summary>A key here and what the version of its material is called there.</summary>
    protected readonly record struct RemoteKey(Guid KeyId, string Name);
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Mailstead.Keys.Providers;

/// <summary>
/// Keys of the embedded form. A ciphertext is the material's version (4 octets) and a sealed blob; the material is unwrapped for
/// each use and zeroed after it, so that memory holds none but the root key.
/// </summary>
internal sealed partial class LocalKeyProvider(KeyMaterials materials, RootKey root, ILogger<LocalKeyProvider> logger) : IKeyProvider
{
    private const int MaterialLength = 32;

    public const string ProviderName = "local";

    public string Name => ProviderName;

    public ValueTask<byte[]> CreateMaterialAsync(Guid keyId, CancellationToken cancellationToken)
    {
        var material = RandomNumberGenerator.GetBytes(MaterialLength);
        try
        {
            return ValueTask.FromResult(root.Wrap(material, MaterialContext(keyId)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
        }
    }

    public int VersionOf(ReadOnlySpan<byte> ciphertext) => BinaryPrimitives.ReadInt32BigEndian(ciphertext);

    public async ValueTask<byte[]> EncryptAsync(
        Guid keyId, ReadOnlyMemory<byte> plaintext, EncryptionContext context, CancellationToken cancellationToken)
    {
        var stored = await materials.FindNewestAsync(keyId, cancellationToken);
        var material = root.Unwrap(stored.Stored, MaterialContext(keyId));
        try
        {
            var blob = AesBlob.Seal(material, plaintext.Span, context.ToOctets(keyId));
            var ciphertext = new byte[4 + blob.Length];
            BinaryPrimitives.WriteInt32BigEndian(ciphertext, stored.Version);
            blob.CopyTo(ciphertext, 4);
            LogUsed("Encrypt", keyId, stored.Version);
            return ciphertext;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
        }
    }

    public async ValueTask<byte[]> DecryptAsync(
        Guid keyId, ReadOnlyMemory<byte> ciphertext, EncryptionContext context, CancellationToken cancellationToken)
    {
        if (ciphertext.Length < 4)
            throw new CryptographicException("A ciphertext is shorter than any can be");

        var version = BinaryPrimitives.ReadInt32BigEndian(ciphertext.Span);
        var stored = await materials.FindAsync(keyId, version, cancellationToken);
        var material = root.Unwrap(stored.Stored, MaterialContext(keyId));
        try
        {
            var plaintext = AesBlob.Open(material, ciphertext.Span[4..], context.ToOctets(keyId));
            LogUsed("Decrypt", keyId, stored.Version);
            return plaintext;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
        }
    }

    /// <summary>With the stored material everything is gone.</summary>
    public Task ForgetAsync(Guid keyId, IReadOnlyList<KeyMaterial> forgotten, CancellationToken cancellationToken) => Task.CompletedTask;

    private static EncryptionContext MaterialContext(Guid keyId) => new("mailstead:cmk", keyId.ToString());

    [LoggerMessage(LogLevel.Debug, "{Operation} under key {KeyId} version {Version}")]
    private partial void LogUsed(string operation, Guid keyId, int version);
}

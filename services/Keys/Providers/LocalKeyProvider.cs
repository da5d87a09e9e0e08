using System.Buffers.Binary;
using System.Security.Cryptography;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Keys.Providers;

/// <summary>
/// Keys of the embedded form. A ciphertext is the material's version (4 octets) and a sealed blob; the material is unwrapped for
/// each use and zeroed after it, so that memory holds none but the root key.
/// </summary>
internal sealed partial class LocalKeyProvider(
    [FromKeyedServices("keys")] Database database, RootKey root, ILogger<LocalKeyProvider> logger) : IKeyProvider
{
    private const int MaterialLength = 32;

    private static readonly Statement NewestMaterial = new(
        """
        SELECT version, wrapped_material
          FROM cmk_versions
         WHERE key_id = @key_id
         ORDER BY version DESC
         LIMIT 1
        """);

    private static readonly Statement MaterialOfVersion = new(
        """
        SELECT version, wrapped_material
          FROM cmk_versions
         WHERE key_id = @key_id
           AND version = @version
        """);

    public string Name => "local";

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
        var stored = await FindAsync(NewestMaterial, [keyId], cancellationToken);
        var material = root.Unwrap(stored.Wrapped, MaterialContext(keyId));
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
        var stored = await FindAsync(MaterialOfVersion, [keyId, version], cancellationToken);
        var material = root.Unwrap(stored.Wrapped, MaterialContext(keyId));
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

    private static EncryptionContext MaterialContext(Guid keyId) => new("mailstead:cmk", keyId.ToString());

    private async ValueTask<Material> FindAsync(Statement statement, object?[] values, CancellationToken cancellationToken)
    {
        var found = await database.ReadAsync(
            TenantScope.None,
            transaction => transaction.FindAsync(
                statement, reader => new Material(reader.GetInt32(0), reader.GetOctets(1)), values),
            cancellationToken);
        return found ?? throw new CryptographicException("The key that a ciphertext names has no such material");
    }

    [LoggerMessage(LogLevel.Debug, "{Operation} under key {KeyId} version {Version}")]
    private partial void LogUsed(string operation, Guid keyId, int version);

    private sealed record Material(int Version, byte[] Wrapped);
}

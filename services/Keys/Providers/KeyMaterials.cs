using System.Security.Cryptography;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Keys.Providers;

/// <summary>A version of a key's material, in the form that its provider stores.</summary>
internal sealed record KeyMaterial(int Version, byte[] Stored);

/// <summary>The material of keys, for providers that keep something of it here.</summary>
internal sealed class KeyMaterials([FromKeyedServices("keys")] Database database)
{
    private static readonly Statement Newest = new(
        """
        SELECT version, wrapped_material
          FROM cmk_versions
         WHERE key_id = @key_id
         ORDER BY version DESC
         LIMIT 1
        """);

    private static readonly Statement OfVersion = new(
        """
        SELECT version, wrapped_material
          FROM cmk_versions
         WHERE key_id = @key_id
           AND version = @version
        """);

    public Task<KeyMaterial> FindNewestAsync(Guid keyId, CancellationToken cancellationToken) => FindAsync(Newest, [keyId], cancellationToken);

    /// <exception cref="CryptographicException">There is none of this version.</exception>
    public Task<KeyMaterial> FindAsync(Guid keyId, int version, CancellationToken cancellationToken) => FindAsync(OfVersion, [keyId, version], cancellationToken);

    private async Task<KeyMaterial> FindAsync(Statement statement, object?[] values, CancellationToken cancellationToken)
    {
        var found = await database.ReadAsync(
            TenantScope.None,
            transaction => transaction.FindAsync(statement, reader => new KeyMaterial(reader.GetInt32(0), reader.GetOctets(1)), values),
            cancellationToken);
        return found ?? throw new CryptographicException("The key that a ciphertext names has no such material");
    }
}

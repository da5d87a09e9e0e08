using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Credentials;

/// <summary>Password hashes, sealed under the organization's key.</summary>
internal static class CredentialTable
{
    private static readonly Statement Find = new(
        "SELECT sealed_hash, changed_at FROM credentials WHERE organization_id = @organization_id AND entity_id = @entity_id");

    private static readonly Statement Put = new(
        """
        INSERT INTO credentials (organization_id, entity_id, sealed_hash, changed_at)
        VALUES (@organization_id, @entity_id, @sealed_hash, @changed_at)
        ON CONFLICT (organization_id, entity_id) DO UPDATE SET sealed_hash = excluded.sealed_hash, changed_at = excluded.changed_at
        """);

    private static readonly Statement Delete = new(
        "DELETE FROM credentials WHERE organization_id = @organization_id AND entity_id = @entity_id");

    public static ValueTask<Tuple<byte[], long>?> FindAsync(Transaction transaction, Guid organizationId, Guid entityId) =>
        transaction.FindAsync(Find, reader => Tuple.Create(reader.GetOctets(0), reader.GetInt64(1)), organizationId, entityId);

    public static ValueTask<int> PutAsync(Transaction transaction, Guid organizationId, Guid entityId, byte[] sealedHash, long now) =>
        transaction.ExecuteAsync(Put, organizationId, entityId, sealedHash, now);

    public static ValueTask<int> DeleteAsync(Transaction transaction, Guid organizationId, Guid entityId) =>
        transaction.ExecuteAsync(Delete, organizationId, entityId);

    public static byte[] Seal(DataKey key, Guid entityId, byte[] hash) => key.Seal(hash, DirectoryKeys.Context("password", entityId));

    public static byte[] Open(DataKey key, Guid entityId, byte[] sealedHash) =>
        key.Open(sealedHash, DirectoryKeys.Context("password", entityId));
}

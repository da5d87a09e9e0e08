using System.Data.Common;
using System.Text;
using Mailstead.Directories.Entities;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Addresses;

/// <summary>An address of an entity, as stored.</summary>
internal sealed record AddressRow(Guid OrganizationId, Guid EntityId, Guid DomainId, bool IsPrimary, byte[] Sealed);

/// <summary>Addresses and whom they belong to.</summary>
internal static class AddressTable
{
    private static readonly Statement Find = Statement.AcrossTenants(
        """
        SELECT organization_id, entity_id, domain_id, is_primary, sealed_address
          FROM addresses
         WHERE address_index = @address_index
        """);

    private static readonly Statement OfEntity = new(
        """
        SELECT organization_id, entity_id, domain_id, is_primary, sealed_address
          FROM addresses
         WHERE organization_id = @organization_id
           AND entity_id = @entity_id
         ORDER BY address_index
        """);

    private static readonly Statement Insert = new(
        """
        INSERT INTO addresses (address_index, organization_id, entity_id, domain_id, is_primary, sealed_address)
        VALUES (@address_index, @organization_id, @entity_id, @domain_id, @is_primary, @sealed_address)
        ON CONFLICT (address_index) DO NOTHING
        """);

    private static readonly Statement SetPrimary = new(
        """
        UPDATE addresses
           SET is_primary = (address_index = @address_index)
         WHERE organization_id = @organization_id
           AND entity_id = @entity_id
        """);

    private static readonly Statement Delete = new(
        "DELETE FROM addresses WHERE organization_id = @organization_id AND address_index = @address_index");

    private static readonly Statement DeleteAll = new(
        "DELETE FROM addresses WHERE organization_id = @organization_id AND entity_id = @entity_id");

    public static ValueTask<AddressRow?> FindAsync(Transaction transaction, byte[] index) => transaction.FindAsync(Find, Read, index);

    public static ValueTask<List<AddressRow>> ListAsync(Transaction transaction, Guid organizationId, Guid entityId) =>
        transaction.ListAsync(OfEntity, Read, organizationId, entityId);

    /// <summary>False: somebody has it.</summary>
    public static async ValueTask<bool> InsertAsync(
        Transaction transaction, byte[] index, Guid organizationId, Guid entityId, Guid domainId, bool isPrimary, byte[] sealedAddress) =>
        await transaction.ExecuteAsync(Insert, index, organizationId, entityId, domainId, isPrimary, sealedAddress) == 1;

    public static ValueTask<int> SetPrimaryAsync(Transaction transaction, byte[] index, Guid organizationId, Guid entityId) =>
        transaction.ExecuteAsync(SetPrimary, index, organizationId, entityId);

    public static ValueTask<int> DeleteAsync(Transaction transaction, Guid organizationId, byte[] index) =>
        transaction.ExecuteAsync(Delete, organizationId, index);

    public static ValueTask<int> DeleteAllAsync(Transaction transaction, Guid organizationId, Guid entityId) =>
        transaction.ExecuteAsync(DeleteAll, organizationId, entityId);

    public static byte[] Seal(DataKey key, Guid entityId, string address) =>
        key.Seal(Encoding.UTF8.GetBytes(address), DirectoryKeys.Context("address", entityId));

    public static string Open(DataKey key, AddressRow row) =>
        Encoding.UTF8.GetString(key.Open(row.Sealed, DirectoryKeys.Context("address", row.EntityId)));

    /// <summary>The entity's primary address, or an empty string.</summary>
    public static async ValueTask<string> PrimaryAsync(Transaction transaction, DataKey key, Guid organizationId, Entity entity)
    {
        var rows = await ListAsync(transaction, organizationId, entity.EntityId);
        return rows.Find(row => row.IsPrimary) is { } primary ? Open(key, primary) : "";
    }

    private static AddressRow Read(DbDataReader reader) =>
        new(reader.GetId(0), reader.GetId(1), reader.GetId(2), reader.GetBoolean(3), reader.GetOctets(4));
}

using Mailstead.Directories.Addresses;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Addresses;

namespace Mailstead.Directories.Entities;

/// <summary>The statements that every operation on users and groups shares. Each names its organization.</summary>
internal static class EntityTable
{
    private static readonly Statement ById = new(
        $"SELECT {Entity.Columns} FROM entities WHERE organization_id = @organization_id AND entity_id = @entity_id");

    private static readonly Statement ByName = new(
        $"SELECT {Entity.Columns} FROM entities WHERE organization_id = @organization_id AND name_index = @name_index");

    private static readonly Statement Owner = new(
        "SELECT entity_id FROM addresses WHERE organization_id = @organization_id AND address_index = @address_index");

    private static readonly Statement Page = new(
        $"""
        SELECT {Entity.Columns}
          FROM entities
         WHERE organization_id = @organization_id
           AND kind = @kind
           AND entity_id > @after
         ORDER BY entity_id
         LIMIT @count
        """);

    private static readonly Statement Insert = new(
        """
        INSERT INTO entities (organization_id, entity_id, kind, state, name_index, sealed, created_at)
        VALUES (@organization_id, @entity_id, @kind, 2, @name_index, @sealed, @created_at)
        ON CONFLICT (organization_id, name_index) DO NOTHING
        """);

    private static readonly Statement UpdateRecord = new(
        "UPDATE entities SET sealed = @sealed WHERE organization_id = @organization_id AND entity_id = @entity_id");

    private static readonly Statement Rename = new(
        """
        UPDATE entities
           SET name_index = @name_index
         WHERE organization_id = @organization_id
           AND entity_id = @entity_id
           AND NOT EXISTS (SELECT 1 FROM entities WHERE organization_id = @organization_id AND name_index = @name_index AND entity_id <> @entity_id)
        """);

    private static readonly Statement Enable = new(
        "UPDATE entities SET state = 1, enabled_at = @now WHERE organization_id = @organization_id AND entity_id = @entity_id AND state <> 1");

    private static readonly Statement Disable = new(
        "UPDATE entities SET state = 2, disabled_at = @now WHERE organization_id = @organization_id AND entity_id = @entity_id AND state = 1");

    private static readonly Statement Delete = new(
        "DELETE FROM entities WHERE organization_id = @organization_id AND entity_id = @entity_id");

    public static ValueTask<Entity?> FindAsync(Transaction transaction, Guid organizationId, Guid entityId) =>
        transaction.FindAsync(ById, Entity.Read, organizationId, entityId);

    /// <summary>By id, name or address, as the public API takes it.</summary>
    public static async ValueTask<Entity?> FindAsync(
        Transaction transaction, DataKey installation, Guid organizationId, string identifier)
    {
        var isResource = identifier.StartsWith(Entity.ResourcePrefix, StringComparison.Ordinal);
        if (Guid.TryParse(isResource ? identifier[Entity.ResourcePrefix.Length..] : identifier, out var id) && await FindAsync(transaction, organizationId, id) is { } byId)
            return byId;
        if (await FindByAddressAsync(transaction, installation, organizationId, identifier) is { } byAddress)
            return byAddress;
        return await transaction.FindAsync(
            ByName, Entity.Read, organizationId, BlindIndexes.OfEntityName(installation, identifier));
    }

    public static async ValueTask<Entity?> FindByAddressAsync(Transaction transaction, DataKey installation, Guid organizationId, string text) =>
        MailAddress.TryParse(text, out var address)
            && await transaction.FindAsync(
                Owner, reader => reader.GetOptionalId(0), organizationId, BlindIndexes.OfAddress(installation, address)) is { } owner
            ? await FindAsync(transaction, organizationId, owner)
            : null;

    public static ValueTask<List<Entity>> ListAsync(
        Transaction transaction, Guid organizationId, EntityKind kind, Guid after, int count) =>
        transaction.ListAsync(Page, Entity.Read, organizationId, (int)kind, after, count);

    /// <summary>False: the name is taken.</summary>
    public static async ValueTask<bool> InsertAsync(
        Transaction transaction, Guid organizationId, Guid entityId, EntityKind kind, byte[] nameIndex, byte[] sealedRecord, long now) =>
        await transaction.ExecuteAsync(Insert, organizationId, entityId, (int)kind, nameIndex, sealedRecord, now) == 1;

    public static ValueTask<int> UpdateAsync(Transaction transaction, Guid organizationId, Guid entityId, byte[] sealedRecord) =>
        transaction.ExecuteAsync(UpdateRecord, sealedRecord, organizationId, entityId);

    /// <summary>False: the name is taken.</summary>
    public static async ValueTask<bool> RenameAsync(Transaction transaction, Guid organizationId, Guid entityId, byte[] nameIndex) =>
        await transaction.ExecuteAsync(Rename, nameIndex, organizationId, entityId) == 1;

    public static async ValueTask<bool> EnableAsync(Transaction transaction, Guid organizationId, Guid entityId, long now) =>
        await transaction.ExecuteAsync(Enable, now, organizationId, entityId) == 1;

    public static async ValueTask<bool> DisableAsync(Transaction transaction, Guid organizationId, Guid entityId, long now) =>
        await transaction.ExecuteAsync(Disable, now, organizationId, entityId) == 1;

    public static ValueTask<int> DeleteAsync(Transaction transaction, Guid organizationId, Guid entityId) =>
        transaction.ExecuteAsync(Delete, organizationId, entityId);
}

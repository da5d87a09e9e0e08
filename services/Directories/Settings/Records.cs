using System.Buffers.Binary;
using Google.Protobuf;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Settings;

/// <summary>As stored in <c>records.kind</c>.</summary>
internal enum RecordKind
{
    MobileDeviceOverride = 1,
    AvailabilityProvider = 2,
    MailboxExportJob = 3,
    PersonalAccessToken = 4,
    MailDomain = 5,
}

/// <summary>Of all kinds.</summary>
internal static class Records
{
    private static readonly Statement DeleteOfOwner = new(
        "DELETE FROM records WHERE organization_id = @organization_id AND owner_id = @owner_id");

    private static readonly Statement DeleteOne = new(
        "DELETE FROM records WHERE organization_id = @organization_id AND kind = @kind AND record_id = @record_id");

    public static ValueTask<int> DeleteAsync(Transaction transaction, RecordKind kind, Guid organizationId, Guid recordId) =>
        transaction.ExecuteAsync(DeleteOne, organizationId, (int)kind, recordId);

    /// <summary>What is about a user or resource that is deleted.</summary>
    public static ValueTask<int> DeleteOfAsync(Transaction transaction, Guid organizationId, Guid ownerId) =>
        transaction.ExecuteAsync(DeleteOfOwner, organizationId, ownerId);
}

/// <summary>One kind of what an organization has many of, each a sealed message.</summary>
internal sealed class Records<T>(RecordKind kind, MessageParser<T> parser)
    where T : class, IMessage<T>
{
    private static readonly Statement FindOne = new(
        "SELECT record_id, owner_id, sealed FROM records WHERE organization_id = @organization_id AND kind = @kind AND record_id = @record_id");

    private static readonly Statement Page = new(
        """
        SELECT record_id, owner_id, sealed
          FROM records
         WHERE organization_id = @organization_id
           AND kind = @kind
           AND record_id > @after
         ORDER BY record_id
         LIMIT @count
        """);

    private static readonly Statement PageOfOwner = new(
        """
        SELECT record_id, owner_id, sealed
          FROM records
         WHERE organization_id = @organization_id
           AND kind = @kind
           AND owner_id = @owner_id
           AND record_id > @after
         ORDER BY record_id
         LIMIT @count
        """);

    private static readonly Statement Put = new(
        """
        INSERT INTO records (organization_id, kind, record_id, owner_id, sealed)
        VALUES (@organization_id, @kind, @record_id, @owner_id, @sealed)
        ON CONFLICT (organization_id, kind, record_id) DO UPDATE SET sealed = excluded.sealed
        """);

    public async ValueTask<T?> FindAsync(OrganizationUnit unit, Guid recordId) => (await FindAsync(unit.Transaction, unit.Id, unit.Key, recordId))?.Value;

    public async ValueTask<Record<T>?> FindAsync(Transaction transaction, Guid organizationId, DataKey key, Guid recordId) =>
        await transaction.FindAsync(FindOne, Row.Read, organizationId, (int)kind, recordId) is { } row ? Open(organizationId, key, row) : null;

    /// <param name="ownerId">Null: of all.</param>
    public async ValueTask<List<Record<T>>> ListAsync(OrganizationUnit unit, Guid? ownerId, Guid after, int count)
    {
        var rows = ownerId is { } owner
            ? await unit.Transaction.ListAsync(PageOfOwner, Row.Read, unit.Id, (int)kind, owner, after, count)
            : await unit.Transaction.ListAsync(Page, Row.Read, unit.Id, (int)kind, after, count);
        return rows.ConvertAll(row => Open(unit.Id, unit.Key, row));
    }

    public ValueTask<int> WriteAsync(OrganizationUnit unit, Guid recordId, Guid ownerId, T value) =>
        unit.Transaction.ExecuteAsync(Put, unit.Id, (int)kind, recordId, ownerId, unit.Key.Seal(value.ToByteArray(), Context(unit.Id, recordId)));

    /// <summary>False: it was not there.</summary>
    public async ValueTask<bool> DeleteAsync(OrganizationUnit unit, Guid recordId) =>
        await Records.DeleteAsync(unit.Transaction, kind, unit.Id, recordId) == 1;

    private Record<T> Open(Guid organizationId, DataKey key, Row row) => new(
        row.RecordId, row.OwnerId, parser.ParseFrom(key.Open(row.Sealed, Context(organizationId, row.RecordId))));

    private byte[] Context(Guid organizationId, Guid recordId)
    {
        var number = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(number, (int)kind);
        return [.. DirectoryKeys.Context("record", organizationId), .. number, .. recordId.ToByteArray(bigEndian: true)];
    }

    private sealed record Row(Guid RecordId, Guid OwnerId, byte[] Sealed)
    {
        public static Row Read(System.Data.Common.DbDataReader reader) => new(reader.GetId(0), reader.GetId(1), reader.GetOctets(2));
    }
}

/// <summary>A record that was read.</summary>
internal sealed record Record<T>(Guid RecordId, Guid OwnerId, T Value);

using Mailstead.Directories.Entities;
using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Permissions;

/// <summary>What somebody may do with another's mailbox; as stored in <c>mailbox_permissions.rights</c>.</summary>
[Flags]
internal enum MailboxRights
{
    None = 0,
    FullAccess = 1,
    SendAs = 2,
    SendOnBehalf = 4,
}

/// <summary>Who may do what with whose mailbox.</summary>
internal static class PermissionTable
{
    private static readonly Statement Put = new(
        """
        INSERT INTO mailbox_permissions (organization_id, owner_id, grantee_id, rights)
        VALUES (@organization_id, @owner_id, @grantee_id, @rights)
        ON CONFLICT (organization_id, owner_id, grantee_id) DO UPDATE SET rights = excluded.rights
        """);

    private static readonly Statement Delete = new(
        """
        DELETE FROM mailbox_permissions
         WHERE organization_id = @organization_id
           AND owner_id = @owner_id
           AND grantee_id = @grantee_id
        """);

    private static readonly Statement DeleteEverywhere = new(
        """
        DELETE FROM mailbox_permissions
         WHERE organization_id = @organization_id
           AND (owner_id = @entity_id OR grantee_id = @entity_id)
        """);

    private static readonly Statement Page = new(
        """
        SELECT e.entity_id, e.kind, e.state, e.sealed, e.enabled_at, e.disabled_at, p.rights
          FROM mailbox_permissions p
          JOIN entities e ON e.organization_id = p.organization_id AND e.entity_id = p.grantee_id
         WHERE p.organization_id = @organization_id
           AND p.owner_id = @owner_id
           AND p.grantee_id > @after
         ORDER BY p.grantee_id
         LIMIT @count
        """);

    private static readonly Statement Given = new(
        """
        SELECT e.entity_id, e.kind, e.state, e.sealed, e.enabled_at, e.disabled_at, p.rights
          FROM mailbox_permissions p
          JOIN entities e ON e.organization_id = p.organization_id AND e.entity_id = p.owner_id
         WHERE p.organization_id = @organization_id
           AND p.grantee_id = @grantee_id
           AND e.state = 1
         ORDER BY p.owner_id
        """);

    private static readonly Statement OfPair = new(
        """
        SELECT rights
          FROM mailbox_permissions
         WHERE organization_id = @organization_id
           AND owner_id = @owner_id
           AND grantee_id = @grantee_id
        """);

    private static readonly Statement GroupsWithRights = new(
        """
        SELECT p.grantee_id, p.rights
          FROM mailbox_permissions p
          JOIN entities e ON e.organization_id = p.organization_id AND e.entity_id = p.grantee_id
         WHERE p.organization_id = @organization_id
           AND p.owner_id = @owner_id
           AND e.kind = 2
           AND e.state = 1
        """);

    public static ValueTask<int> PutAsync(Transaction transaction, Guid organizationId, Guid ownerId, Guid granteeId, MailboxRights rights) =>
        transaction.ExecuteAsync(Put, organizationId, ownerId, granteeId, (int)rights);

    public static ValueTask<int> DeleteAsync(Transaction transaction, Guid organizationId, Guid ownerId, Guid granteeId) =>
        transaction.ExecuteAsync(Delete, organizationId, ownerId, granteeId);

    /// <summary>Of who is deleted, as owner and as grantee.</summary>
    public static ValueTask<int> DeleteAllAsync(Transaction transaction, Guid organizationId, Guid entityId) =>
        transaction.ExecuteAsync(DeleteEverywhere, organizationId, entityId);

    /// <summary>Who has rights in a mailbox.</summary>
    public static ValueTask<List<(Entity Grantee, MailboxRights Rights)>> ListAsync(
        Transaction transaction, Guid organizationId, Guid ownerId, Guid after, int count) =>
        transaction.ListAsync(Page, reader => (Entity.Read(reader), (MailboxRights)reader.GetInt32(6)), organizationId, ownerId, after, count);

    /// <summary>Enabled owners whose mailboxes somebody was given rights in, not through a group.</summary>
    public static ValueTask<List<(Entity Owner, MailboxRights Rights)>> ListGivenAsync(Transaction transaction, Guid organizationId, Guid granteeId) =>
        transaction.ListAsync(Given, reader => (Entity.Read(reader), (MailboxRights)reader.GetInt32(6)), organizationId, granteeId);

    /// <summary>Without those that come through groups.</summary>
    public static async ValueTask<MailboxRights> FindAsync(Transaction transaction, Guid organizationId, Guid ownerId, Guid granteeId) =>
        (MailboxRights)await transaction.FindAsync(OfPair, reader => reader.GetInt32(0), organizationId, ownerId, granteeId);

    /// <summary>Enabled groups that have rights in a mailbox.</summary>
    public static ValueTask<List<(Guid GroupId, MailboxRights Rights)>> ListGroupsAsync(Transaction transaction, Guid organizationId, Guid ownerId) =>
        transaction.ListAsync(GroupsWithRights, reader => (reader.GetId(0), (MailboxRights)reader.GetInt32(1)), organizationId, ownerId);
}

using Mailstead.Directories.Entities;
using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Groups;

/// <summary>Who is in which group.</summary>
internal static class MemberTable
{
    private static readonly Statement Insert = new(
        """
        INSERT INTO members (organization_id, group_id, member_id)
        VALUES (@organization_id, @group_id, @member_id)
        ON CONFLICT (organization_id, group_id, member_id) DO NOTHING
        """);

    private static readonly Statement Delete = new(
        "DELETE FROM members WHERE organization_id = @organization_id AND group_id = @group_id AND member_id = @member_id");

    private static readonly Statement DeleteEverywhere = new(
        "DELETE FROM members WHERE organization_id = @organization_id AND (group_id = @entity_id OR member_id = @entity_id)");

    private static readonly Statement Page = new(
        """
        SELECT e.entity_id, e.kind, e.state, e.sealed, e.enabled_at, e.disabled_at
          FROM members m
          JOIN entities e ON e.organization_id = m.organization_id AND e.entity_id = m.member_id
         WHERE m.organization_id = @organization_id
           AND m.group_id = @group_id
           AND m.member_id > @after
         ORDER BY m.member_id
         LIMIT @count
        """);

    private static readonly Statement PageOfGroups = new(
        """
        SELECT e.entity_id, e.kind, e.state, e.sealed, e.enabled_at, e.disabled_at
          FROM members m
          JOIN entities e ON e.organization_id = m.organization_id AND e.entity_id = m.group_id
         WHERE m.organization_id = @organization_id
           AND m.member_id = @member_id
           AND m.group_id > @after
         ORDER BY m.group_id
         LIMIT @count
        """);

    public static ValueTask<int> InsertAsync(Transaction transaction, Guid organizationId, Guid groupId, Guid memberId) =>
        transaction.ExecuteAsync(Insert, organizationId, groupId, memberId);

    public static ValueTask<int> DeleteAsync(Transaction transaction, Guid organizationId, Guid groupId, Guid memberId) =>
        transaction.ExecuteAsync(Delete, organizationId, groupId, memberId);

    public static ValueTask<int> DeleteAllAsync(Transaction transaction, Guid organizationId, Guid entityId) =>
        transaction.ExecuteAsync(DeleteEverywhere, organizationId, entityId);

    public static ValueTask<List<Entity>> ListAsync(Transaction transaction, Guid organizationId, Guid groupId, Guid after, int count) =>
        transaction.ListAsync(Page, Entity.Read, organizationId, groupId, after, count);

    public static ValueTask<List<Entity>> ListGroupsAsync(Transaction transaction, Guid organizationId, Guid memberId, Guid after, int count) =>
        transaction.ListAsync(PageOfGroups, Entity.Read, organizationId, memberId, after, count);
}

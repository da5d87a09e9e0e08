using Mailstead.Directories.Entities;
using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Resources;

/// <summary>Who answers for which resource.</summary>
internal static class DelegateTable
{
    private static readonly Statement Insert = new(
        """
        INSERT INTO resource_delegates (organization_id, resource_id, delegate_id)
        VALUES (@organization_id, @resource_id, @delegate_id)
        ON CONFLICT (organization_id, resource_id, delegate_id) DO NOTHING
        """);

    private static readonly Statement Delete = new(
        """
        DELETE FROM resource_delegates
         WHERE organization_id = @organization_id
           AND resource_id = @resource_id
           AND delegate_id = @delegate_id
        """);

    private static readonly Statement DeleteEverywhere = new(
        """
        DELETE FROM resource_delegates
         WHERE organization_id = @organization_id
           AND (resource_id = @entity_id OR delegate_id = @entity_id)
        """);

    private static readonly Statement Page = new(
        """
        SELECT e.entity_id, e.kind, e.state, e.sealed, e.enabled_at, e.disabled_at
          FROM resource_delegates d
          JOIN entities e ON e.organization_id = d.organization_id AND e.entity_id = d.delegate_id
         WHERE d.organization_id = @organization_id
           AND d.resource_id = @resource_id
           AND d.delegate_id > @after
         ORDER BY d.delegate_id
         LIMIT @count
        """);

    public static ValueTask<int> InsertAsync(Transaction transaction, Guid organizationId, Guid resourceId, Guid delegateId) =>
        transaction.ExecuteAsync(Insert, organizationId, resourceId, delegateId);

    public static ValueTask<int> DeleteAsync(Transaction transaction, Guid organizationId, Guid resourceId, Guid delegateId) =>
        transaction.ExecuteAsync(Delete, organizationId, resourceId, delegateId);

    /// <summary>Of a resource that is deleted, or of who was a delegate somewhere.</summary>
    public static ValueTask<int> DeleteAllAsync(Transaction transaction, Guid organizationId, Guid entityId) =>
        transaction.ExecuteAsync(DeleteEverywhere, organizationId, entityId);

    public static ValueTask<List<Entity>> ListAsync(Transaction transaction, Guid organizationId, Guid resourceId, Guid after, int count) =>
        transaction.ListAsync(Page, Entity.Read, organizationId, resourceId, after, count);
}

using Grpc.Core;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Entities;

/// <summary>The first steps of every operation on an entity: its organization is active, and it is there.</summary>
internal static class EntityLookup
{
    /// <exception cref="RpcException">Organization…Exception, EntityNotFoundException.</exception>
    public static async ValueTask<(Guid OrganizationId, Entity Entity)> RequireAsync(
        Transaction transaction, DataKey installation, string organizationId, string identifier, EntityKind? kind = null)
    {
        var organization = await OrganizationTable.RequireActiveAsync(transaction, organizationId);
        var entity = await EntityTable.FindAsync(transaction, installation, organization.OrganizationId, identifier);
        return entity is not null && (kind is null || entity.Kind == kind)
            ? (organization.OrganizationId, entity)
            : throw NotFound(kind, identifier);
    }

    public static RpcException NotFound(EntityKind? kind, string identifier) => AdminError.EntityNotFound(kind switch
    {
        EntityKind.User => $"The user {identifier}",
        EntityKind.Group => $"The group {identifier}",
        EntityKind.Resource => $"The resource {identifier}",
        _ => $"The user, group or resource {identifier}",
    });
}

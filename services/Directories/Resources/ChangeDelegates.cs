using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Resources;

/// <summary>Makes users and groups answer for a resource, and takes that from them.</summary>
internal sealed class ChangeDelegates([FromKeyedServices("directories")] Database database, DirectoryKeys keys)
{
    public Task AddAsync(string organizationId, string resource, string entity, CancellationToken cancellationToken) => ChangeAsync(
        organizationId, resource, entity,
        (transaction, organization, answered, answering) => answering.Kind == EntityKind.Resource
            ? throw AdminError.InvalidParameter("EntityId: a user or group can answer for a resource, another resource can't")
            : answering.IsEnabled
                ? DelegateTable.InsertAsync(transaction, organization, answered.EntityId, answering.EntityId)
                : throw AdminError.EntityState("The delegate is disabled: enable it with RegisterToWorkMail first"),
        cancellationToken);

    public Task RemoveAsync(string organizationId, string resource, string entity, CancellationToken cancellationToken) => ChangeAsync(
        organizationId, resource, entity,
        (transaction, organization, answered, answering) => DelegateTable.DeleteAsync(transaction, organization, answered.EntityId, answering.EntityId),
        cancellationToken);

    private async Task ChangeAsync(
        string organizationId, string resource, string entity, Func<Transaction, Guid, Entity, Entity, ValueTask<int>> change,
        CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        await database.WriteAsync(
            Organization.ScopeOf(organizationId),
            async transaction =>
            {
                var (organization, answered) = await EntityLookup.RequireAsync(
                    transaction, installation, organizationId, resource, EntityKind.Resource);
                var (_, answering) = await EntityLookup.RequireAsync(transaction, installation, organizationId, entity);
                return await change(transaction, organization, answered, answering);
            },
            cancellationToken);
    }
}

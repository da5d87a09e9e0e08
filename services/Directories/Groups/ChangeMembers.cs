using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Groups;

/// <summary>Puts users and groups into groups and takes them out. Loops are allowed: whoever follows groups follows each once.</summary>
internal sealed class ChangeMembers([FromKeyedServices("directories")] Database database, DirectoryKeys keys, AccessEvents events)
{
    public Task AddAsync(string organizationId, string group, string member, CancellationToken cancellationToken) =>
        ChangeAsync(organizationId, group, member, MemberTable.InsertAsync, cancellationToken);

    public Task RemoveAsync(string organizationId, string group, string member, CancellationToken cancellationToken) =>
        ChangeAsync(organizationId, group, member, MemberTable.DeleteAsync, cancellationToken);

    private async Task ChangeAsync(
        string organizationId, string group, string member, Func<Transaction, Guid, Guid, Guid, ValueTask<int>> change,
        CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var id = await database.WriteAsync(
            Organization.ScopeOf(organizationId),
            async transaction =>
            {
                var (organization, holder) = await EntityLookup.RequireAsync(
                    transaction, installation, organizationId, group, EntityKind.Group);
                var (_, added) = await EntityLookup.RequireAsync(transaction, installation, organizationId, member);
                if (added.Kind == EntityKind.Resource)
                    throw AdminError.InvalidParameter("MemberId: users and groups are members of groups, resources can't be");
                await change(transaction, organization, holder.EntityId, added.EntityId);
                return organization;
            },
            cancellationToken);
        events.DirectoryChanged(id);
    }
}

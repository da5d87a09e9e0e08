using Mailstead.Directories.Addresses;
using Mailstead.Directories.Credentials;
using Mailstead.Directories.Groups;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Permissions;
using Mailstead.Directories.Resources;
using Mailstead.Directories.Settings;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Entities;

/// <summary>
/// Deletes a disabled user, group or resource with addresses, password, memberships and delegates. A mailbox follows when its time comes. What is not there
/// is deleted already: the public API has no error for it.
/// </summary>
internal sealed class DeleteEntity(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, AccessEvents events)
{
    public async Task RunAsync(string organizationId, string identifier, EntityKind kind, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var organization = await database.WriteAsync(
            Organization.ScopeOf(organizationId),
            async transaction =>
            {
                var id = (await OrganizationTable.RequireActiveAsync(transaction, organizationId)).OrganizationId;
                if (await EntityTable.FindAsync(transaction, installation, id, identifier) is not { } entity || entity.Kind != kind)
                    return id;
                if (entity.IsEnabled)
                    throw AdminError.EntityState("It is enabled: disable it with DeregisterFromWorkMail first");
                await AddressTable.DeleteAllAsync(transaction, id, entity.EntityId);
                await CredentialTable.DeleteAsync(transaction, id, entity.EntityId);
                await MemberTable.DeleteAllAsync(transaction, id, entity.EntityId);
                await DelegateTable.DeleteAllAsync(transaction, id, entity.EntityId);
                await PermissionTable.DeleteAllAsync(transaction, id, entity.EntityId);
                await Records.DeleteOfAsync(transaction, id, entity.EntityId);
                await EntityTable.DeleteAsync(transaction, id, entity.EntityId);
                return id;
            },
            cancellationToken);
        events.DirectoryChanged(organization);
    }
}

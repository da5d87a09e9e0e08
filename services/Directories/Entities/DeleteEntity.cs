using Mailstead.Directories.Addresses;
using Mailstead.Directories.Credentials;
using Mailstead.Directories.Groups;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Entities;

/// <summary>Deletes a disabled user or group with addresses, password and memberships. A mailbox follows when its time comes.</summary>
internal sealed class DeleteEntity(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, AccessEvents events)
{
    public async Task RunAsync(string organizationId, string identifier, EntityKind kind, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var organization = await database.WriteAsync(
            async transaction =>
            {
                var (id, entity) = await EntityLookup.RequireAsync(transaction, installation, organizationId, identifier, kind);
                if (entity.IsEnabled)
                    throw AdminError.EntityState("It is enabled: disable it with DeregisterFromWorkMail first");
                await AddressTable.DeleteAllAsync(transaction, id, entity.EntityId);
                await CredentialTable.DeleteAsync(transaction, id, entity.EntityId);
                await MemberTable.DeleteAllAsync(transaction, id, entity.EntityId);
                await EntityTable.DeleteAsync(transaction, id, entity.EntityId);
                return id;
            },
            cancellationToken);
        await events.DirectoryChangedAsync(organization, cancellationToken);
    }
}

using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Entities;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Permissions;

/// <summary>The mailboxes of others that a user has full access to: of enabled owners, in the order of their addresses.</summary>
internal sealed class SharedMailboxes([FromKeyedServices("directories")] Database database, DirectoryKeys keys)
{
    public async Task<ListSharedMailboxesResponse> RunAsync(ListSharedMailboxesRequest request, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(request.OrganizationId, out var organizationId) || !Guid.TryParse(request.UserId, out var userId))
            throw AdminError.InvalidParameter("organization_id and user_id must be UUIDs");
        var scope = TenantScope.Of(organizationId);
        var given = await database.ReadAsync(
            scope, transaction => PermissionTable.ListGivenAsync(transaction, organizationId, userId), cancellationToken);
        var response = new ListSharedMailboxesResponse();
        var full = given.Where(one => one.Rights.HasFlag(MailboxRights.FullAccess)).Select(one => one.Owner).ToList();
        if (full.Count == 0)
            return response;
        using var key = await keys.OrganizationAsync(organizationId, cancellationToken);
        foreach (var owner in full)
        {
            // Who lives elsewhere has no mailbox here.
            if (EntityRecord.Open(key, owner.EntityId, owner.Sealed).Role == "REMOTE_USER")
                continue;
            var address = await database.ReadAsync(
                scope, transaction => AddressTable.PrimaryAsync(transaction, key, organizationId, owner), cancellationToken);
            response.Mailboxes.Add(new SharedMailbox { MailboxId = owner.EntityId.ToString(), PrimaryAddress = address });
        }

        return response;
    }
}

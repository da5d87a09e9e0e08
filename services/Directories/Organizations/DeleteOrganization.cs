using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Domains;
using Mailstead.Directories.Mailboxes;
using Mailstead.Directories.Users;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Organizations;

/// <summary>Ends an organization: nobody signs in or gets mail any more at once, its mailboxes are deleted right after.</summary>
internal sealed class DeleteOrganization(
    [FromKeyedServices("directories")] Database database, AccessEvents events, DoomedMailboxLoop doomed, TimeProvider clock)
{
    private static readonly Statement CountEnabled = new(
        "SELECT COUNT(*) FROM entities WHERE organization_id = @organization_id AND state = 1");

    private static readonly Statement DoomAll = new(
        """
        INSERT INTO doomed_mailboxes (organization_id, mailbox_id, delete_at)
        SELECT organization_id, entity_id, @delete_at
          FROM entities
         WHERE organization_id = @organization_id
           AND kind <> 2
           AND enabled_at IS NOT NULL
        ON CONFLICT (organization_id, mailbox_id) DO UPDATE SET delete_at = excluded.delete_at
        """);

    /// <summary>Mailboxes of users that were disabled or deleted earlier wait for a return, and nobody returns to this organization.</summary>
    private static readonly Statement Hasten = new(
        "UPDATE doomed_mailboxes SET delete_at = @delete_at WHERE organization_id = @organization_id AND delete_at > @delete_at");

    private static readonly Statement[] Deletions =
    [
        new("DELETE FROM addresses WHERE organization_id = @organization_id"),
        new("DELETE FROM members WHERE organization_id = @organization_id"),
        new("DELETE FROM resource_delegates WHERE organization_id = @organization_id"),
        new("DELETE FROM tags WHERE organization_id = @organization_id"),
        new("DELETE FROM settings WHERE organization_id = @organization_id"),
        new("DELETE FROM records WHERE organization_id = @organization_id"),
        new("DELETE FROM client_tokens WHERE organization_id = @organization_id"),
        new("DELETE FROM mailbox_permissions WHERE organization_id = @organization_id"),
        new("DELETE FROM credentials WHERE organization_id = @organization_id"),
        new("DELETE FROM entities WHERE organization_id = @organization_id"),
    ];

    private static readonly Statement EnabledUsers = new(
        "SELECT entity_id FROM entities WHERE organization_id = @organization_id AND state = 1 AND kind = 1");

    public async Task<DeleteOrganizationResponse> RunAsync(DeleteOrganizationRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var (id, users) = await database.WriteAsync(
            Organization.ScopeOf(request.OrganizationId), transaction => DeleteAsync(transaction, request, now), cancellationToken);
        events.DirectoryChanged(id);
        foreach (var user in users)
            events.UserAccessChanged(id, user, now);
        doomed.Wake();
        return new DeleteOrganizationResponse { OrganizationId = request.OrganizationId, State = Organization.Deleted };
    }

    private async ValueTask<(Guid Id, List<Guid> Users)> DeleteAsync(Transaction transaction, DeleteOrganizationRequest request, long now)
    {
        if (!Organization.TryParse(request.OrganizationId, out var id)
            || await OrganizationTable.FindAsync(transaction, id) is not { } organization)
            throw AdminError.OrganizationNotFound();
        if (organization.State == Organization.Creating)
            throw AdminError.OrganizationState(organization.State);
        if (!request.ForceDelete && await transaction.FindAsync(CountEnabled, reader => reader.GetInt64(0), id) > 0)
            throw AdminError.InvalidParameter("Users, groups or resources are still enabled: disable them first, or set ForceDelete");
        var users = await transaction.ListAsync(EnabledUsers, reader => reader.GetId(0), id);
        foreach (var user in users)
            await AccessChanges.AddAsync(transaction, id, user, now);
        await transaction.ExecuteAsync(DoomAll, now, id);
        await transaction.ExecuteAsync(Hasten, now, id);
        foreach (var deletion in Deletions)
            await transaction.ExecuteAsync(deletion, id);
        await DomainTable.DeleteAllAsync(transaction, id);
        await OrganizationTable.FreeAliasAsync(transaction, id);
        await OrganizationTable.SetStateAsync(transaction, id, Organization.Deleted, organization.Sealed, organization.CompletedAt);
        return (id, users);
    }
}

using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Domains;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Mailboxes;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Users;

/// <summary>
/// Enables and disables users, groups and resources for mail. A mailbox is made before its owner is enabled, so that nothing is ever
/// addressed to a mailbox that is not there.
/// </summary>
internal sealed class Registration(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, MailboxesApi.MailboxesApiClient mailboxes,
    AccessEvents events, DirectoriesOptions options, TimeProvider clock)
{
    private const long DefaultQuotaBytes = 51_200L * 1024 * 1024;

    public async Task RegisterAsync(string organizationId, string identifier, string email, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var (id, entity) = await database.ReadAsync(
            Organization.ScopeOf(organizationId),
            transaction => EntityLookup.RequireAsync(transaction, installation, organizationId, identifier), cancellationToken);
        if (entity.IsEnabled)
            throw AdminError.AlreadyRegistered();
        await database.ReadAsync(
            Organization.ScopeOf(organizationId), transaction => AddressChange.CheckAsync(transaction, installation, id, entity.EntityId, email), cancellationToken);
        using var key = await keys.OrganizationAsync(id, cancellationToken);
        var needsMailbox = entity.Kind != EntityKind.Group
            && EntityRecord.Open(key, entity.EntityId, entity.Sealed).Role != "REMOTE_USER";
        if (needsMailbox)
            await CreateMailboxAsync(id, entity.EntityId, cancellationToken);
        await database.WriteAsync(
            Organization.ScopeOf(organizationId),
            transaction => EnableAsync(transaction, installation, key, id, entity.EntityId, email), cancellationToken);
        events.DirectoryChanged(id);
    }

    public async Task DeregisterAsync(string organizationId, string identifier, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var (id, entity) = await database.WriteAsync(
            Organization.ScopeOf(organizationId),
            async transaction =>
            {
                var found = await EntityLookup.RequireAsync(transaction, installation, organizationId, identifier);
                if (!await EntityTable.DisableAsync(transaction, found.OrganizationId, found.Entity.EntityId, now.ToUnixTimeMilliseconds()))
                    throw AdminError.EntityState("It is disabled already");
                if (found.Entity.Kind != EntityKind.Group)
                    await DoomedMailboxes.AddAsync(transaction, found.OrganizationId, found.Entity.EntityId, now + options.MailboxGrace);
                await AccessChanges.AddAsync(transaction, found.OrganizationId, found.Entity.EntityId, now.ToUnixTimeMilliseconds());
                return found;
            },
            cancellationToken);
        events.DirectoryChanged(id);
        events.UserAccessChanged(id, entity.EntityId, now.ToUnixTimeMilliseconds());
    }

    public async Task ChangePrimaryAsync(string organizationId, string identifier, string email, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var id = await database.ReadAsync(
            Organization.ScopeOf(organizationId),
            async transaction => (await EntityLookup.RequireAsync(transaction, installation, organizationId, identifier)).OrganizationId,
            cancellationToken);
        using var key = await keys.OrganizationAsync(id, cancellationToken);
        await database.WriteAsync(
            Organization.ScopeOf(organizationId),
            async transaction =>
            {
                var (_, entity) = await EntityLookup.RequireAsync(transaction, installation, organizationId, identifier);
                if (!entity.IsEnabled)
                    throw AdminError.EntityState("It is disabled: enable it with RegisterToWorkMail first");
                await AddressChange.SetPrimaryAsync(transaction, installation, key, id, entity.EntityId, email);
                return true;
            },
            cancellationToken);
        events.DirectoryChanged(id);
    }

    private async Task CreateMailboxAsync(Guid organizationId, Guid userId, CancellationToken cancellationToken)
    {
        try
        {
            await mailboxes.CreateMailboxAsync(
                new CreateMailboxRequest
                {
                    Mailbox = new MailboxRef { OrganizationId = organizationId.ToString(), MailboxId = userId.ToString() },
                    QuotaBytes = DefaultQuotaBytes,
                },
                cancellationToken: cancellationToken);
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.FailedPrecondition)
        {
            throw AdminError.EntityState("Its mailbox can't be made now: " + refused.Status.Detail);
        }
    }

    private async ValueTask<bool> EnableAsync(
        Transaction transaction, DataKey installation, DataKey key, Guid organizationId, Guid entityId, string email)
    {
        if (!await EntityTable.EnableAsync(transaction, organizationId, entityId, clock.GetUtcNow().ToUnixTimeMilliseconds()))
            throw AdminError.AlreadyRegistered();
        await AddressChange.SetPrimaryAsync(transaction, installation, key, organizationId, entityId, email);
        await DoomedMailboxes.RemoveAsync(transaction, organizationId, entityId);
        return true;
    }
}

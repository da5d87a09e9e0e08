using System.Net;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Credentials;
using Mailstead.Directories.Entities;
using Mailstead.Directories.IdentityProviders;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Permissions;
using Mailstead.Directories.PersonalAccessTokens;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.AccessControl;

/// <summary>Whether access control rules let somebody in, and whether a session that was let in may go on.</summary>
internal sealed class CheckAccess([FromKeyedServices("directories")] Database database, DirectoryKeys keys, OrganizationWork work, AccessTokens tokens)
{
    private static readonly CheckAccessResponse Refused = new();

    public async Task<CheckAccessResponse> RunAsync(CheckAccessRequest request, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(request.Principal?.OrganizationId, out var organizationId)
            || !Guid.TryParse(request.Principal.UserId, out var userId)
            || !await database.ReadAsync(
                TenantScope.Of(organizationId), transaction => IsStillGrantedAsync(transaction, organizationId, userId, request), cancellationToken))
            return Refused;
        return new CheckAccessResponse
        {
            Granted = await IsAllowedAsync(organizationId, userId, request.Protocol, request.ClientAddress, cancellationToken)
                && await IsProofGoodAsync(organizationId, userId, request, cancellationToken),
        };
    }

    /// <summary>False: users sign in through the identity provider, or with a personal access token.</summary>
    public Task<bool> TakesPasswordsAsync(Guid organizationId, CancellationToken cancellationToken) => work.ReadAsync(
        Organization.ToPublicId(organizationId),
        async unit => IdentityProvider.TakesPasswords(await IdentityProvider.Setting.ReadAsync(unit)), cancellationToken);

    /// <summary>By the organization's access control rules.</summary>
    /// <param name="userId">Null: the login name is nobody's, and is treated as that of a user whom no rule names.</param>
    public async Task<bool> IsAllowedAsync(
        Guid organizationId, Guid? userId, ClientProtocol protocol, string clientAddress, CancellationToken cancellationToken)
    {
        using var key = await keys.OrganizationAsync(organizationId, cancellationToken);
        var rules = await database.ReadAsync(
            TenantScope.Of(organizationId),
            async transaction => await OrganizationTable.FindAsync(transaction, organizationId) is { State: Organization.Active } organization
                ? await AccessRules.Setting.ReadAsync(transaction, organization, key)
                : null,
            cancellationToken);
        var address = IPAddress.TryParse(clientAddress, out var parsed) ? parsed : IPAddress.None;
        var user = userId is { } id ? Entity.ToPublicId(EntityKind.User, id) : null;
        return rules is not null && new AccessAttempt(address, AccessAttempt.ActionOf(protocol), user, null).Judge(rules.Rules).IsAllowed;
    }

    private async Task<bool> IsProofGoodAsync(
        Guid organizationId, Guid userId, CheckAccessRequest request, CancellationToken cancellationToken) =>
        Guid.TryParse(request.Principal.AccessTokenId, out var token)
            ? await tokens.IsUsableAsync(organizationId, userId, token, AccessAttempt.ActionOf(request.Protocol), cancellationToken)
            : await TakesPasswordsAsync(organizationId, cancellationToken);

    /// <summary>The user is enabled, a password is the one that was checked, and the mailbox of another that is open is still shared.</summary>
    private static async ValueTask<bool> IsStillGrantedAsync(
        Transaction transaction, Guid organizationId, Guid userId, CheckAccessRequest request)
    {
        if (await EntityTable.FindAsync(transaction, organizationId, userId) is not { IsEnabled: true }
            || !await IsSamePasswordAsync(transaction, organizationId, userId, request.Principal))
            return false;
        if (request.SharedMailboxId.Length == 0)
            return true;
        return Guid.TryParse(request.SharedMailboxId, out var owner)
            && await EntityTable.FindAsync(transaction, organizationId, owner) is { IsEnabled: true }
            && (await PermissionTable.FindAsync(transaction, organizationId, owner, userId)).HasFlag(MailboxRights.FullAccess);
    }

    private static async ValueTask<bool> IsSamePasswordAsync(Transaction transaction, Guid organizationId, Guid userId, Principal principal) =>
        principal.AccessTokenId.Length > 0
        || (await CredentialTable.FindAsync(transaction, organizationId, userId))?.Item2 == principal.PasswordChangedAt;
}

using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Credentials;

/// <summary>Checks a login name and password. Who is unknown, disabled or wrong gets the same answer after the same time.</summary>
internal sealed class Authenticate(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, PasswordHash passwords, VerifiedPasswords verified,
    SharedGuesses guesses, LoginTurns turns)
{
    private static readonly Statement ByAlias = new(
        $"SELECT {Organization.Columns} FROM organizations WHERE alias_index = @alias_index");

    private static readonly AuthenticateResponse Refused = new() { Result = AuthenticationResult.InvalidCredentials };

    public async Task<AuthenticateResponse> RunAsync(AuthenticateRequest request, CancellationToken cancellationToken)
    {
        using var turn = await turns.TakeAsync(request.Login, request.ClientAddress, cancellationToken);
        using var installation = await keys.InstallationAsync(cancellationToken);
        var wait = await guesses.WaitOfAsync(installation, request.Login, request.ClientAddress);
        if (wait > TimeSpan.Zero)
        {
            return new AuthenticateResponse
            {
                Result = AuthenticationResult.TooManyAttempts,
                RetryAfterSeconds = (int)Math.Ceiling(wait.TotalSeconds),
            };
        }

        var user = await database.ReadAsync(transaction => FindAsync(transaction, installation, request.Login), cancellationToken);
        if (user is null || !await IsRightAsync(user, request.Password, cancellationToken))
        {
            if (user is null)
                await passwords.PretendAsync(request.Password, cancellationToken);
            await guesses.FailedAsync(installation, request.Login, request.ClientAddress);
            return Refused;
        }

        guesses.Succeeded(installation, request.Login, request.ClientAddress);
        return await GrantAsync(user, cancellationToken);
    }

    private static async ValueTask<Candidate?> FindAsync(Transaction transaction, DataKey installation, string login)
    {
        if (await FindEntityAsync(transaction, installation, login) is not { } found
            || found.Entity is not { Kind: EntityKind.User, IsEnabled: true })
            return null;
        var credential = await CredentialTable.FindAsync(transaction, found.OrganizationId, found.Entity.EntityId);
        if (credential is null)
            return null;
        var addresses = await AddressTable.ListAsync(transaction, found.OrganizationId, found.Entity.EntityId);
        return addresses.Find(address => address.IsPrimary) is { } primary
            ? new Candidate(found.OrganizationId, found.Entity.EntityId, credential.Item1, credential.Item2, primary)
            : null;
    }

    private static async ValueTask<(Guid OrganizationId, Entity Entity)?> FindEntityAsync(
        Transaction transaction, DataKey installation, string login)
    {
        if (login.Split('\\') is [var alias, var name])
        {
            var organization = await transaction.FindAsync(ByAlias, Organization.Read, BlindIndexes.OfAlias(installation, alias));
            return organization is { State: Organization.Active }
                && await EntityTable.FindAsync(transaction, installation, organization.OrganizationId, name) is { } named
                ? (organization.OrganizationId, named)
                : null;
        }

        return MailAddress.TryParse(login, out var address)
            && await AddressTable.FindAsync(transaction, BlindIndexes.OfAddress(installation, address)) is { } row
            && await EntityTable.FindAsync(transaction, row.OrganizationId, row.EntityId) is { } entity
            ? (row.OrganizationId, entity)
            : null;
    }

    private async Task<bool> IsRightAsync(Candidate user, string password, CancellationToken cancellationToken)
    {
        if (verified.Contains(user.EntityId, user.ChangedAt, password))
            return true;
        using var key = await keys.OrganizationAsync(user.OrganizationId, cancellationToken);
        var hash = CredentialTable.Open(key, user.EntityId, user.SealedHash);
        if (!await passwords.VerifyAsync(password, hash, cancellationToken))
            return false;
        verified.Add(user.EntityId, user.ChangedAt, password);
        return true;
    }

    private async Task<AuthenticateResponse> GrantAsync(Candidate user, CancellationToken cancellationToken)
    {
        using var key = await keys.OrganizationAsync(user.OrganizationId, cancellationToken);
        return new AuthenticateResponse
        {
            Result = AuthenticationResult.Granted,
            Principal = new Principal
            {
                OrganizationId = user.OrganizationId.ToString(),
                UserId = user.EntityId.ToString(),
                MailboxId = user.EntityId.ToString(),
                PrimaryAddress = AddressTable.Open(key, user.Primary),
            },
        };
    }

    private sealed record Candidate(Guid OrganizationId, Guid EntityId, byte[] SealedHash, long ChangedAt, AddressRow Primary);
}

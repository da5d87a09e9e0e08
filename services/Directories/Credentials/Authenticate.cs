using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.AccessControl;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.PersonalAccessTokens;
using Mailstead.Hosting.Telemetry;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Credentials;

/// <summary>Checks a login name and password. Who is unknown, disabled or wrong gets the same answer after the same time.</summary>
internal sealed class Authenticate(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, PasswordHash passwords, VerifiedPasswords verified,
    SharedGuesses guesses, LoginTurns turns, CheckAccess access, AccessTokens tokens, SignIns signIns)
{
    private static readonly AuthenticateResponse Refused = new() { Result = AuthenticationResult.InvalidCredentials };

    public async Task<AuthenticateResponse> RunAsync(AuthenticateRequest request, CancellationToken cancellationToken)
    {
        using var turn = await turns.TakeAsync(request.Login, request.ClientAddress, cancellationToken);
        using var installation = await keys.InstallationAsync(cancellationToken);
        var found = await FindLogin.RunAsync(database, installation, request.Login, cancellationToken);
        var attempt = new SignInAttempt(AccessAttempt.ActionOf(request.Protocol), request.ConnectionId, request.ClientAddress)
        {
            OrganizationId = found.OrganizationId?.ToString(),
        };
        var wait = await guesses.WaitOfAsync(installation, request.Login, request.ClientAddress);
        if (wait > TimeSpan.Zero)
        {
            signIns.Refused(attempt, "too many attempts");
            return new AuthenticateResponse
            {
                Result = AuthenticationResult.TooManyAttempts,
                RetryAfterSeconds = (int)Math.Ceiling(wait.TotalSeconds),
            };
        }

        // Before the password is looked at: a refusal by rule tells nothing about it.
        if (found.OrganizationId is { } organization
            && !await access.IsAllowedAsync(organization, found.User?.EntityId, request.Protocol, request.ClientAddress, cancellationToken))
        {
            signIns.Refused(attempt, "access control rules");
            return new AuthenticateResponse { Result = AuthenticationResult.DeniedByPolicy };
        }

        var proof = found.User is { } candidate ? await ProveAsync(candidate, request, cancellationToken) : null;
        if (found.User is null)
            await passwords.PretendAsync(request.Password, cancellationToken);
        if (found.User is not { } user || proof is null)
        {
            await guesses.FailedAsync(installation, request.Login, request.ClientAddress);
            signIns.Refused(attempt, found.User is null ? found.Missing : "wrong password");
            return Refused;
        }

        guesses.Succeeded(installation, request.Login, request.ClientAddress);
        signIns.Granted(attempt);
        return await GrantAsync(user, proof, cancellationToken);
    }

    /// <summary>The user's password, or a personal access token in its place, as far as the organization takes either. Null: neither is right.</summary>
    private async Task<Proof?> ProveAsync(Candidate user, AuthenticateRequest request, CancellationToken cancellationToken)
    {
        var token = await tokens.VerifyAsync(
            user.OrganizationId, user.EntityId, request.Password, AccessAttempt.ActionOf(request.Protocol), cancellationToken);
        if (token is not null)
            return new Proof(token);
        if (user.SealedHash is not null && await access.TakesPasswordsAsync(user.OrganizationId, cancellationToken))
            return await IsRightAsync(user, user.SealedHash, request.Password, cancellationToken) ? new Proof(null) : null;
        await passwords.PretendAsync(request.Password, cancellationToken);
        return null;
    }

    private async Task<bool> IsRightAsync(Candidate user, byte[] sealedHash, string password, CancellationToken cancellationToken)
    {
        if (verified.Contains(user.EntityId, user.ChangedAt, password))
            return true;
        using var key = await keys.OrganizationAsync(user.OrganizationId, cancellationToken);
        var hash = CredentialTable.Open(key, user.EntityId, sealedHash);
        if (!await passwords.VerifyAsync(password, hash, cancellationToken))
            return false;
        verified.Add(user.EntityId, user.ChangedAt, password);
        return true;
    }

    private async Task<AuthenticateResponse> GrantAsync(Candidate user, Proof proof, CancellationToken cancellationToken)
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
                PasswordChangedAt = user.ChangedAt,
                AccessTokenId = proof.TokenId?.ToString() ?? "",
            },
        };
    }

    /// <summary>What somebody has shown.</summary>
    private sealed record Proof(Guid? TokenId);
}

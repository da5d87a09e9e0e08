using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.AccessControl;
using Mailstead.Directories.Entities;
using Mailstead.Directories.IdentityProviders;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;
using Mailstead.Directories.Users;

namespace Mailstead.Directories.PersonalAccessTokens;

/// <summary>Personal access tokens: made, told of, deleted, and taken in place of a password.</summary>
internal sealed class AccessTokens(OrganizationWork work, AccessEvents events, TimeProvider clock)
{
    private const int TokensOfUserMax = 100;

    /// <summary>When a token was last used is kept this exactly.</summary>
    private static readonly TimeSpan UseInterval = TimeSpan.FromHours(1);

    private static readonly Records<StoredPersonalAccessToken> Tokens = new(RecordKind.PersonalAccessToken, StoredPersonalAccessToken.Parser);

    public async Task<CreatePersonalAccessTokenResponse> CreateAsync(CreatePersonalAccessTokenRequest request, CancellationToken cancellationToken)
    {
        foreach (var scope in request.Scopes)
        {
            if (!AccessAttempt.Actions.Contains(scope))
                throw AdminError.InvalidParameter($"Scopes: {scope} is no protocol; protocols are {string.Join(", ", AccessAttempt.Actions)}");
        }

        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var (text, hash) = TokenText.Create(id);
        var summary = await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var configuration = await IdentityProvider.Setting.ReadAsync(unit);
                if (!IdentityProvider.TakesTokens(configuration))
                    throw AdminError.EntityState("Personal access tokens are not active: PutIdentityProviderConfiguration activates them");
                var user = await unit.RequireAsync(request.UserId, EntityKind.User);
                if (!user.IsEnabled)
                    throw AdminError.EntityState("The user is disabled: enable it with RegisterToWorkMail first");
                if ((await Tokens.ListAsync(unit, user.EntityId, Guid.Empty, TokensOfUserMax)).Count == TokensOfUserMax)
                    throw AdminError.Limit($"A user has at most {TokensOfUserMax} personal access tokens; delete one first");
                var made = new PersonalAccessTokenSummary
                {
                    PersonalAccessTokenId = id.ToString(),
                    UserId = user.PublicId,
                    Name = request.Name,
                    DateCreated = Timestamp.FromDateTimeOffset(now),
                    ExpiresTime = Timestamp.FromDateTimeOffset(now + IdentityProvider.LifetimeOfTokens(configuration)),
                    Scopes = { request.Scopes.Count > 0 ? request.Scopes.Distinct() : AccessAttempt.Actions },
                };
                await Tokens.WriteAsync(
                    unit, id, user.EntityId, new StoredPersonalAccessToken { Summary = made, SecretHash = ByteString.CopyFrom(hash) });
                return made;
            },
            cancellationToken);
        return new CreatePersonalAccessTokenResponse { PersonalAccessTokenId = id.ToString(), Token = text, ExpiresTime = summary.ExpiresTime };
    }

    public async Task<ListPersonalAccessTokensResponse> ListAsync(ListPersonalAccessTokensRequest request, CancellationToken cancellationToken)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        var rows = await work.ReadAsync(
            request.OrganizationId,
            async unit => await Tokens.ListAsync(
                unit, request.HasUserId ? (await unit.RequireAsync(request.UserId, EntityKind.User)).EntityId : null, after, count + 1),
            cancellationToken);
        var response = new ListPersonalAccessTokensResponse { PersonalAccessTokenSummaries = { rows.Take(count).Select(row => row.Value.Summary) } };
        if (rows.Count > count)
            response.NextToken = PageToken.Write(rows[count - 1].RecordId);
        return response;
    }

    public async Task<GetPersonalAccessTokenMetadataResponse> GetAsync(
        GetPersonalAccessTokenMetadataRequest request, CancellationToken cancellationToken)
    {
        var found = await work.ReadAsync(
            request.OrganizationId,
            async unit => Guid.TryParse(request.PersonalAccessTokenId, out var id) ? await Tokens.FindAsync(unit, id) : null,
            cancellationToken) ?? throw AdminError.ResourceNotFound($"The personal access token {request.PersonalAccessTokenId} does not exist");
        return new GetPersonalAccessTokenMetadataResponse
        {
            PersonalAccessTokenId = found.Summary.PersonalAccessTokenId,
            UserId = found.Summary.UserId,
            Name = found.Summary.Name,
            DateCreated = found.Summary.DateCreated,
            DateLastUsed = found.Summary.DateLastUsed,
            ExpiresTime = found.Summary.ExpiresTime,
            Scopes = { found.Summary.Scopes },
        };
    }

    /// <summary>One that is not there is deleted already. Sessions that it opened end.</summary>
    public async Task<DeletePersonalAccessTokenResponse> DeleteAsync(DeletePersonalAccessTokenRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var (organizationId, owner) = await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                await unit.LockAsync();
                if (!Guid.TryParse(request.PersonalAccessTokenId, out var id)
                    || await Tokens.FindAsync(unit.Transaction, unit.Id, unit.Key, id) is not { } found)
                    return (unit.Id, Guid.Empty);
                await Tokens.DeleteAsync(unit, id);
                await AccessChanges.AddAsync(unit.Transaction, unit.Id, found.OwnerId, now);
                return (unit.Id, found.OwnerId);
            },
            cancellationToken);
        if (owner != Guid.Empty)
            events.UserAccessChanged(organizationId, owner, now);
        return new DeletePersonalAccessTokenResponse();
    }

    /// <summary>The id of a token that this user may sign in with by this protocol now, or null.</summary>
    public async Task<Guid?> VerifyAsync(Guid organizationId, Guid userId, string text, string action, CancellationToken cancellationToken)
    {
        if (!TokenText.TryRead(text, out var id, out var hash))
            return null;
        var publicId = Organization.ToPublicId(organizationId);
        var found = await FindUsableAsync(publicId, userId, id, action, cancellationToken);
        if (found is null || !CryptographicOperations.FixedTimeEquals(found.SecretHash.Span, hash))
            return null;
        var now = clock.GetUtcNow();
        if (found.Summary.DateLastUsed is not { } last || last.ToDateTimeOffset() < now - UseInterval)
            await NoteUseAsync(publicId, userId, id, now, cancellationToken);
        return id;
    }

    /// <summary>May a session go on that a token opened?</summary>
    public async Task<bool> IsUsableAsync(Guid organizationId, Guid userId, Guid id, string action, CancellationToken cancellationToken) =>
        await FindUsableAsync(Organization.ToPublicId(organizationId), userId, id, action, cancellationToken) is not null;

    private Task<StoredPersonalAccessToken?> FindUsableAsync(
        string organizationId, Guid userId, Guid id, string action, CancellationToken cancellationToken) => work.ReadAsync(
        organizationId,
        async unit =>
        {
            var found = await Tokens.FindAsync(unit.Transaction, unit.Id, unit.Key, id);
            return found is not null && found.OwnerId == userId && IdentityProvider.TakesTokens(await IdentityProvider.Setting.ReadAsync(unit))
                && found.Value.Summary.ExpiresTime.ToDateTimeOffset() > clock.GetUtcNow() && found.Value.Summary.Scopes.Contains(action)
                ? found.Value
                : null;
        },
        cancellationToken);

    private Task<int> NoteUseAsync(string organizationId, Guid userId, Guid id, DateTimeOffset now, CancellationToken cancellationToken) => work.WriteAsync(
        organizationId,
        async unit =>
        {
            // It may have been deleted meanwhile, and must not come back.
            await unit.LockAsync();
            if (await Tokens.FindAsync(unit, id) is not { } found)
                return 0;
            found.Summary.DateLastUsed = Timestamp.FromDateTimeOffset(now);
            return await Tokens.WriteAsync(unit, id, userId, found);
        },
        cancellationToken);
}

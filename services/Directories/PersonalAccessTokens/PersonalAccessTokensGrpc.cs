using Grpc.Core;
using Mailstead.Contracts.Admin.V1;

namespace Mailstead.Directories.PersonalAccessTokens;

/// <summary>The PersonalAccessTokens contract.</summary>
internal sealed class PersonalAccessTokensGrpc(AccessTokens tokens) : Contracts.Admin.V1.PersonalAccessTokens.PersonalAccessTokensBase
{
    public override Task<CreatePersonalAccessTokenResponse> CreatePersonalAccessToken(
        CreatePersonalAccessTokenRequest request, ServerCallContext context) => tokens.CreateAsync(request, context.CancellationToken);
}

using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.PersonalAccessTokens;
using Mailstead.Directories.Settings;
using Mailstead.Directories.Users;

namespace Mailstead.Directories.IdentityProviders;

/// <summary>The IdentityProviders contract.</summary>
internal sealed class IdentityProvidersGrpc(
    OrganizationWork work, IdentityApplications applications, AccessTokens tokens, AccessEvents events, TimeProvider clock)
    : Contracts.Admin.V1.IdentityProviders.IdentityProvidersBase
{
    public override Task<CreateIdentityCenterApplicationResponse> CreateIdentityCenterApplication(
        CreateIdentityCenterApplicationRequest request, ServerCallContext context) => applications.CreateAsync(request, context.CancellationToken);

    public override async Task<DeleteIdentityCenterApplicationResponse> DeleteIdentityCenterApplication(
        DeleteIdentityCenterApplicationRequest request, ServerCallContext context)
    {
        await applications.DeleteAsync(request.ApplicationArn, context.CancellationToken);
        return new DeleteIdentityCenterApplicationResponse();
    }

    public override async Task<PutIdentityProviderConfigurationResponse> PutIdentityProviderConfiguration(
        PutIdentityProviderConfigurationRequest request, ServerCallContext context)
    {
        await applications.RequireAsync(request.IdentityCenterConfiguration, context.CancellationToken);
        var configuration = new DescribeIdentityProviderConfigurationResponse
        {
            AuthenticationMode = request.AuthenticationMode,
            IdentityCenterConfiguration = request.IdentityCenterConfiguration,
            PersonalAccessTokenConfiguration = request.PersonalAccessTokenConfiguration,
        };
        await ChangeAsync(
            request.OrganizationId, unit => IdentityProvider.Setting.WriteAsync(unit, configuration), context.CancellationToken);
        return new PutIdentityProviderConfigurationResponse();
    }

    public override async Task<DescribeIdentityProviderConfigurationResponse> DescribeIdentityProviderConfiguration(
        DescribeIdentityProviderConfigurationRequest request, ServerCallContext context)
    {
        var configuration = await work.ReadAsync(request.OrganizationId, IdentityProvider.Setting.ReadAsync, context.CancellationToken);
        return configuration.HasAuthenticationMode
            ? configuration
            : throw AdminError.ResourceNotFound("The organization has no identity provider configuration; put one first");
    }

    public override async Task<DeleteIdentityProviderConfigurationResponse> DeleteIdentityProviderConfiguration(
        DeleteIdentityProviderConfigurationRequest request, ServerCallContext context)
    {
        await ChangeAsync(request.OrganizationId, IdentityProvider.Setting.ResetAsync, context.CancellationToken);
        return new DeleteIdentityProviderConfigurationResponse();
    }

    public override Task<ListPersonalAccessTokensResponse> ListPersonalAccessTokens(
        ListPersonalAccessTokensRequest request, ServerCallContext context) => tokens.ListAsync(request, context.CancellationToken);

    public override Task<GetPersonalAccessTokenMetadataResponse> GetPersonalAccessTokenMetadata(
        GetPersonalAccessTokenMetadataRequest request, ServerCallContext context) => tokens.GetAsync(request, context.CancellationToken);

    public override Task<DeletePersonalAccessTokenResponse> DeletePersonalAccessToken(
        DeletePersonalAccessTokenRequest request, ServerCallContext context) => tokens.DeleteAsync(request, context.CancellationToken);

    /// <summary>Who is signed in by what no longer counts is asked for again.</summary>
    private async Task ChangeAsync(string organizationId, Func<OrganizationUnit, ValueTask<int>> change, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var id = await work.WriteAsync(
            organizationId,
            async unit =>
            {
                await change(unit);
                await AccessChanges.AddAsync(unit.Transaction, unit.Id, AccessChanges.Everybody, now);
                return unit.Id;
            },
            cancellationToken);
        events.OrganizationAccessChanged(id, now);
    }
}

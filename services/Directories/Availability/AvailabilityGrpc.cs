using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;
using Mailstead.Protocols.Addresses;

namespace Mailstead.Directories.Availability;

/// <summary>The Availability contract.</summary>
internal sealed class AvailabilityGrpc(OrganizationWork work, ProviderTest test, TimeProvider clock)
    : Contracts.Admin.V1.Availability.AvailabilityBase
{
    private const int ProvidersMax = 1000;

    private static readonly Records<StoredAvailabilityProvider> Providers = new(RecordKind.AvailabilityProvider, StoredAvailabilityProvider.Parser);

    public override async Task<CreateAvailabilityConfigurationResponse> CreateAvailabilityConfiguration(
        CreateAvailabilityConfigurationRequest request, ServerCallContext context)
    {
        var provider = ToProvider(request.DomainName, request.EwsProvider, request.LambdaProvider);
        var now = clock.GetUtcNow();
        provider.DateCreated = provider.DateModified = Timestamp.FromDateTimeOffset(now);
        await work.WriteAsync(
            request.OrganizationId,
            unit => ClientTokens.RunAsync(unit, request.ClientToken, request, now, () => CreateAsync(unit, provider)), context.CancellationToken);
        return new CreateAvailabilityConfigurationResponse();
    }

    public override async Task<UpdateAvailabilityConfigurationResponse> UpdateAvailabilityConfiguration(
        UpdateAvailabilityConfigurationRequest request, ServerCallContext context)
    {
        var provider = ToProvider(request.DomainName, request.EwsProvider, request.LambdaProvider);
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                await unit.LockAsync();
                provider.DateCreated = (await RequireAsync(unit, provider.DomainName)).DateCreated;
                provider.DateModified = Timestamp.FromDateTimeOffset(clock.GetUtcNow());
                return await Providers.WriteAsync(unit, IdOf(unit, provider.DomainName), Guid.Empty, provider);
            },
            context.CancellationToken);
        return new UpdateAvailabilityConfigurationResponse();
    }

    /// <summary>One that is not there is deleted already.</summary>
    public override async Task<DeleteAvailabilityConfigurationResponse> DeleteAvailabilityConfiguration(
        DeleteAvailabilityConfigurationRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId, unit => Providers.DeleteAsync(unit, IdOf(unit, Normalize(request.DomainName))), context.CancellationToken);
        return new DeleteAvailabilityConfigurationResponse();
    }

    public override async Task<ListAvailabilityConfigurationsResponse> ListAvailabilityConfigurations(
        ListAvailabilityConfigurationsRequest request, ServerCallContext context)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        var rows = await work.ReadAsync(
            request.OrganizationId, unit => Providers.ListAsync(unit, null, after, count + 1), context.CancellationToken);
        var response = new ListAvailabilityConfigurationsResponse
        {
            AvailabilityConfigurations = { rows.Take(count).Select(row => Redact(row.Value)) },
        };
        if (rows.Count > count)
            response.NextToken = PageToken.Write(rows[count - 1].RecordId);
        return response;
    }

    /// <summary>Of a provider that is stored, or of one that is given here.</summary>
    public override async Task<TestAvailabilityConfigurationResponse> TestAvailabilityConfiguration(
        TestAvailabilityConfigurationRequest request, ServerCallContext context)
    {
        var isGiven = request.EwsProvider is not null || request.LambdaProvider is not null;
        if (isGiven == request.HasDomainName)
            throw AdminError.InvalidParameter("Name either DomainName, or a provider to be tested before it is stored");
        var provider = isGiven ? ToProvider("example.org", request.EwsProvider, request.LambdaProvider) : null;
        var tested = await work.ReadAsync(
            request.OrganizationId,
            async unit => provider ?? await RequireAsync(unit, Normalize(request.DomainName)), context.CancellationToken);
        var failure = await test.RunAsync(tested, context.CancellationToken);
        return failure is null
            ? new TestAvailabilityConfigurationResponse { TestPassed = true }
            : new TestAvailabilityConfigurationResponse { TestPassed = false, FailureReason = failure[..Math.Min(failure.Length, 256)] };
    }

    private static async ValueTask<string> CreateAsync(OrganizationUnit unit, StoredAvailabilityProvider provider)
    {
        await unit.LockAsync();
        var id = IdOf(unit, provider.DomainName);
        if (await Providers.FindAsync(unit, id) is not null)
            throw AdminError.NameTaken($"An availability configuration for {provider.DomainName}");
        if ((await Providers.ListAsync(unit, null, Guid.Empty, ProvidersMax)).Count == ProvidersMax)
            throw AdminError.Limit($"An organization has at most {ProvidersMax} availability configurations; delete one first");
        await Providers.WriteAsync(unit, id, Guid.Empty, provider);
        return id.ToString();
    }

    private static async ValueTask<StoredAvailabilityProvider> RequireAsync(OrganizationUnit unit, string domain) =>
        await Providers.FindAsync(unit, IdOf(unit, domain))
        ?? throw AdminError.ResourceNotFound($"There is no availability configuration for {domain}; create it first");

    private static StoredAvailabilityProvider ToProvider(string domain, EwsAvailabilityProvider? ews, LambdaAvailabilityProvider? lambda)
    {
        if (ews is null == lambda is null)
            throw AdminError.InvalidParameter("Name one provider: EwsProvider or LambdaProvider");
        return new StoredAvailabilityProvider { DomainName = Normalize(domain), EwsProvider = ews, LambdaProvider = lambda };
    }

    private static string Normalize(string domain) =>
        MailAddress.NormalizeDomain(domain) ?? throw AdminError.InvalidParameter($"DomainName: {domain} is no domain name");

    private static Guid IdOf(OrganizationUnit unit, string domain) => BlindIndexes.OfRecord(unit.Key, $"availability {domain}");

    private static AvailabilityConfiguration Redact(StoredAvailabilityProvider provider) => new()
    {
        DomainName = provider.DomainName,
        ProviderType = provider.EwsProvider is null ? AvailabilityProviderType.Types.Value.Lambda : AvailabilityProviderType.Types.Value.Ews,
        EwsProvider = provider.EwsProvider is { } ews
            ? new RedactedEwsAvailabilityProvider { EwsEndpoint = ews.EwsEndpoint, EwsUsername = ews.EwsUsername }
            : null,
        LambdaProvider = provider.LambdaProvider,
        DateCreated = provider.DateCreated,
        DateModified = provider.DateModified,
    };
}

using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Domains;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Directories.Organizations;

/// <summary>
/// Finishes organizations that are Creating: their key, their domains, then Active; each step may be repeated. What can't
/// succeed becomes Failed and says why.
/// </summary>
internal sealed partial class CreationLoop(
    [FromKeyedServices("directories")] Database database, DirectoryKeys directoryKeys, KeysApi.KeysApiClient keys,
    InstallationOptions installation, TimeProvider clock, ILogger<CreationLoop> logger) : BackgroundService
{
    /// <summary>What is tried again at first, when the keys are slow to come up, and at most.</summary>
    private static readonly TimeSpan RetryFirst = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim signal = new(1);

    public void Wake()
    {
        if (signal.CurrentCount == 0)
            signal.Release();
    }

    public static string ArnOf(InstallationOptions installation, Guid organizationId) =>
        $"arn:aws:workmail:{installation.Region}:{installation.AccountId}:organization/{Organization.ToPublicId(organizationId)}";

    public override void Dispose()
    {
        signal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (true)
        {
            var pause = failures == 0 ? RetryInterval : RetryFirst * Math.Pow(2, failures - 1);
            await signal.WaitAsync(pause < RetryInterval ? pause : RetryInterval, stoppingToken);
            try
            {
                await FinishAllAsync(stoppingToken);
                failures = 0;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // Its limit keeps the power a number.
                failures = Math.Min(failures + 1, 10);
                LogRoundFailed(failure);
            }
        }
    }

    private async Task FinishAllAsync(CancellationToken cancellationToken)
    {
        var creating = await database.ReadAsync(
            TenantScope.None,
            transaction => OrganizationTable.ListAsync(transaction, Organization.Creating), cancellationToken);
        foreach (var organization in creating)
            await FinishAsync(organization, cancellationToken);
    }

    private async Task FinishAsync(Organization organization, CancellationToken cancellationToken)
    {
        using var key = await directoryKeys.InstallationAsync(cancellationToken);
        var record = organization.Open(key);
        try
        {
            await keys.CreateOrganizationKeyAsync(
                new CreateOrganizationKeyRequest
                {
                    OrganizationId = organization.OrganizationId.ToString(),
                    OrganizationArn = ArnOf(installation, organization.OrganizationId),
                    KeyArn = record.KmsKeyArn,
                },
                cancellationToken: cancellationToken);
            await database.WriteAsync(
                TenantScope.Of(organization.OrganizationId), transaction => ActivateAsync(transaction, organization, record, key), cancellationToken);
            LogActive(organization.OrganizationId);
        }
        catch (RpcException refused) when (refused.StatusCode is StatusCode.FailedPrecondition or StatusCode.NotFound or StatusCode.InvalidArgument)
        {
            var failed = (record with { ErrorMessage = refused.Status.Detail }).Seal(key, organization.OrganizationId);
            await database.WriteAsync(
                TenantScope.Of(organization.OrganizationId),
                transaction => OrganizationTable.SetStateAsync(transaction, organization.OrganizationId, Organization.Failed, failed, null),
                cancellationToken);
            LogFailed(organization.OrganizationId, refused.StatusCode);
        }
    }

    private async ValueTask<bool> ActivateAsync(
        Transaction transaction, Organization organization, OrganizationRecord record, DataKey key)
    {
        var now = clock.GetUtcNow();
        var testDomain = $"{record.Alias.ToLowerInvariant()}.{installation.TestDomainSuffix}";
        await InsertAsync(transaction, key, organization.OrganizationId, organization.DefaultDomainId, testDomain, isTest: true, now);
        foreach (var domain in record.Domains)
            await InsertAsync(transaction, key, organization.OrganizationId, Guid.CreateVersion7(now), domain, isTest: false, now);
        await OrganizationTable.SetStateAsync(
            transaction, organization.OrganizationId, Organization.Active, organization.Sealed, now.ToUnixTimeMilliseconds());
        return true;
    }

    private static ValueTask<int> InsertAsync(
        Transaction transaction, DataKey key, Guid organizationId, Guid domainId, string name, bool isTest, DateTimeOffset now) =>
        DomainTable.InsertAsync(
            transaction,
            new MailDomain(
                organizationId, domainId, isTest ? MailDomain.Verified : MailDomain.Pending, isTest, OwnershipToken.Create(),
                MailDomain.SealName(key, domainId, name), now),
            BlindIndexes.OfDomain(key, name));

    [LoggerMessage(LogLevel.Information, "Organization {OrganizationId} is active")]
    private partial void LogActive(Guid organizationId);

    [LoggerMessage(LogLevel.Warning, "Organization {OrganizationId} can't be created: {Code}")]
    private partial void LogFailed(Guid organizationId, StatusCode code);

    [LoggerMessage(LogLevel.Error, "Organizations that are being created have to wait")]
    private partial void LogRoundFailed(Exception failure);
}

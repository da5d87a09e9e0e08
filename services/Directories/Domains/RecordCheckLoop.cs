using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Directories.Domains;

/// <summary>Looks up the records of all proved domains again and again, one after the other: DNS changes without telling.</summary>
internal sealed partial class RecordCheckLoop(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, CheckRecords check, DirectoriesOptions options, TimeProvider clock,
    ILogger<RecordCheckLoop> logger) : BackgroundService
{
    private const int AtOnce = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.RecordCheckInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            for (List<MailDomain> some = []; ;)
            {
                var after = some.Count > 0 ? some[^1].DomainId : Guid.Empty;
                some = await ListAsync(after, stoppingToken);
                foreach (var domain in some.Where(domain => !domain.IsTest))
                    await CheckAsync(domain, stoppingToken);
                if (some.Count < AtOnce)
                    break;
            }
        }
    }

    private async Task<List<MailDomain>> ListAsync(Guid after, CancellationToken stoppingToken)
    {
        try
        {
            return await database.ReadAsync(TenantScope.None, transaction => DomainTable.ListVerifiedAsync(transaction, after, AtOnce), stoppingToken);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(failure.GetType().Name);
            return [];
        }
    }

    /// <summary>One that can't be looked up now (its organization is going, its key is locked) does not keep the others waiting.</summary>
    private async Task CheckAsync(MailDomain domain, CancellationToken stoppingToken)
    {
        try
        {
            using var key = await keys.InstallationAsync(stoppingToken);
            await check.RunAsync(Organization.ToPublicId(domain.OrganizationId), domain.Name(key), domain, stoppingToken);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(failure.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The records of a domain can't be looked up now: {Failure}")]
    private partial void LogFailed(string failure);
}

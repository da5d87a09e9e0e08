using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Directories.Domains;

/// <summary>Asks DNS about pending domains again and again.</summary>
internal sealed partial class VerificationLoop(
    [FromKeyedServices("directories")] Database database, VerifyDomain verify, DirectoriesOptions options, TimeProvider clock,
    ILogger<VerificationLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.VerificationInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var domain in await database.ReadAsync(TenantScope.None, DomainTable.ListPendingAsync, stoppingToken))
                    await verify.RunAsync(domain, stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Looking for proofs of pending domains failed")]
    private partial void LogFailed(Exception failure);
}

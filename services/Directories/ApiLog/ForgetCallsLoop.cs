using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Directories.ApiLog;

/// <summary>Forgets calls that are older than they have to be kept.</summary>
internal sealed partial class ForgetCallsLoop(
    [FromKeyedServices("directories")] Database database, DirectoriesOptions options, TimeProvider clock, ILogger<ForgetCallsLoop> logger)
    : BackgroundService
{
    private const int AtOnce = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var before = ApiEventTable.BoundOf(clock.GetUtcNow() - options.ApiLogRetention);
                // Some at a time: nobody else waits for long.
                while (await database.WriteAsync(
                    TenantScope.None, transaction => ApiEventTable.ForgetAsync(transaction, before, AtOnce), stoppingToken) == AtOnce)
                {
                }
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure.GetType().Name);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Old calls can't be forgotten now: {Failure}")]
    private partial void LogFailed(string failure);
}

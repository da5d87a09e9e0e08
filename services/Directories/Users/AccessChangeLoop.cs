using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Directories.Users;

/// <summary>Tells what a process that has ended could not tell any more: the broker was away, and then it was itself.</summary>
internal sealed partial class AccessChangeLoop(
    [FromKeyedServices("directories")] Database database, AccessEvents events, TimeProvider clock, ILogger<AccessChangeLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                // Younger ones are on their way from whoever made them.
                var untold = await database.ReadAsync(
                    TenantScope.None, transaction => AccessChanges.ListAsync(transaction, clock.GetUtcNow() - Interval), stoppingToken);
                foreach (var (organizationId, userId, changedAt) in untold)
                {
                    if (userId == AccessChanges.Everybody)
                        events.OrganizationAccessChanged(organizationId, changedAt);
                    else
                        events.UserAccessChanged(organizationId, userId, changedAt);
                }
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "Changes of access that were not told can't be read: {Failure}")]
    private partial void LogFailed(string failure);
}

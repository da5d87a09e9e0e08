using System.Diagnostics.Metrics;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Mailboxes.Backups;

/// <summary>
/// Tells how old the last complete backup is, as <c>mailstead.backup.age</c>. Backups are taken by a process that ends; this one is
/// asked for its metrics.
/// </summary>
internal sealed partial class BackupAgeLoop(
    [FromKeyedServices("mailboxes")] Database database, TimeProvider clock, ILogger<BackupAgeLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly Statement Last = new("SELECT MAX(completed_at) FROM backups");

    private readonly Meter meter = new("Mailstead.Backups");
    private long? completedAt;

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        meter.CreateObservableGauge("mailstead.backup.age", Measure, "s", "Time since the last complete backup; nothing while there was none");
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                completedAt = await database.ReadAsync(
                    TenantScope.None, transaction => transaction.FindAsync(Last, reader => reader.GetOptionalInt64(0)), stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The age that is known goes on growing.
                LogFailed(failure.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<double>> Measure() => completedAt is { } time
        ? [new((clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(time)).TotalSeconds)]
        : [];

    [LoggerMessage(LogLevel.Warning, "The age of the last backup can't be read: {Failure}")]
    private partial void LogFailed(string failure);
}

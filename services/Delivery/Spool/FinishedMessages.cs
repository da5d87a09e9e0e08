using System.Threading.Channels;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Delivery.Spool;

/// <summary>
/// Messages that nothing is left to do of. Their rows are removed a moment later, many in one transaction: nobody waits for that, and
/// what a row that outlives its process leads to are deliveries that recognise their repetition.
/// </summary>
internal sealed partial class FinishedMessages(
    [FromKeyedServices("delivery")] Database database, TimeProvider clock, ILogger<FinishedMessages> logger) : BackgroundService
{
    private const int RemovedAtOnce = 500;
    private const int WaitingMax = 10_000;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WaitAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Channel<SpooledMessageName> waiting = Channel.CreateBounded<SpooledMessageName>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true });

    /// <summary>Waits when removal is far behind.</summary>
    public ValueTask AddAsync(SpooledMessage message, CancellationToken cancellationToken) =>
        waiting.Writer.WriteAsync(new(message.OrganizationId, message.MessageId), cancellationToken);

    /// <summary>What was finished before the stop is removed before it.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<SpooledMessageName>(RemovedAtOnce);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await waiting.Reader.WaitToReadAsync(stoppingToken);
                await Task.Delay(Moment, clock, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                // The rest goes now.
            }

            while (Take(batch))
                await RemoveAsync(batch, stoppingToken);
        }
    }

    /// <summary>What could not be removed is still in the batch and is tried again.</summary>
    private bool Take(List<SpooledMessageName> batch)
    {
        while (batch.Count < RemovedAtOnce && waiting.Reader.TryRead(out var message))
            batch.Add(message);
        return batch.Count > 0;
    }

    private async Task RemoveAsync(List<SpooledMessageName> batch, CancellationToken stopping)
    {
        try
        {
            await database.ChangeTogetherAsync(
                TenantScope.Of(batch.Select(message => message.OrganizationId).Distinct()),
                batch.ConvertAll(message => SpoolTable.Deleted(message.OrganizationId, message.MessageId)), CancellationToken.None);
            batch.Clear();
        }
        catch (Exception failure)
        {
            LogFailed(failure, batch.Count);
            // At the end they are left to the next process, as after a crash.
            if (stopping.IsCancellationRequested)
                batch.Clear();
            else
                await Task.Delay(WaitAfterFailure, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Error, "Removing {Count} finished messages from the spool failed")]
    private partial void LogFailed(Exception failure, int count);

    private readonly record struct SpooledMessageName(Guid OrganizationId, Guid MessageId);
}

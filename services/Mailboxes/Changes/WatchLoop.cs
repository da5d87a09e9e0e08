using Mailstead.Hosting.Cache;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Mailboxes.Changes;

/// <summary>
/// Looks now and then whether mailboxes that are watched here have changed elsewhere: so a notice that was lost comes late, and
/// without a cache every one does. On SQLite there is nobody else.
/// </summary>
internal sealed partial class WatchLoop(
    [FromKeyedServices("mailboxes")] Database database, WatchHub hub, SharedCache cache, MailboxesOptions options, TimeProvider clock,
    ILogger<WatchLoop> logger) : BackgroundService
{
    private const int AtOnce = 500;

    private readonly SemaphoreSlim signal = new(0);
    private Dictionary<Guid, long> seen = [];

    public override void Dispose()
    {
        signal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (database.Dialect.HasOneWriter)
            return;
        cache.Interrupted += Wake;
        var looked = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var isWoken = await signal.WaitAsync(options.WatchIntervalAlone, stoppingToken);
                if (!isWoken && cache.IsConnected && clock.GetElapsedTime(looked) < options.WatchInterval)
                    continue;
                looked = clock.GetTimestamp();
                await LookAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure.GetType().Name);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        cache.Interrupted -= Wake;
    }

    private void Wake()
    {
        if (signal.CurrentCount == 0)
            signal.Release();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = new Dictionary<Guid, long>();
        foreach (var mailboxIds in hub.Watched.Chunk(AtOnce))
        {
            var rows = await database.ReadAsync(
                transaction => transaction.ListAsync<Row>(
                    """
                    SELECT mailbox_id AS MailboxId, highest_modseq AS HighestModseq
                      FROM mailboxes
                     WHERE mailbox_id IN @mailboxIds
                    """,
                    new { mailboxIds }),
                cancellationToken);
            foreach (var row in rows)
            {
                now[row.MailboxId] = row.HighestModseq;
                // The first look tells too: a change may have come between the watcher's own look and it.
                if (!seen.TryGetValue(row.MailboxId, out var before) || before < row.HighestModseq)
                    hub.Tell(row.MailboxId, Guid.Empty, row.HighestModseq, "");
            }
        }

        seen = now;
    }

    [LoggerMessage(LogLevel.Warning, "Looking for changes in watched mailboxes failed: {Failure}")]
    private partial void LogFailed(string failure);

    private sealed record Row
    {
        public Guid MailboxId { get; init; }

        public long HighestModseq { get; init; }
    }
}

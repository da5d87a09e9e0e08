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

    private static readonly Statement HighestModSeq = new("SELECT highest_modseq FROM mailboxes WHERE mailbox_id = @mailbox_id");

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
            var found = await database.ReadAsync(
                TenantScope.Of(mailboxIds), transaction => ReadAsync(transaction, mailboxIds), cancellationToken);
            foreach (var (mailboxId, modSeq) in found)
            {
                now[mailboxId] = modSeq;
                // The first look tells too: a change may have come between the watcher's own look and it.
                if (!seen.TryGetValue(mailboxId, out var before) || before < modSeq)
                    hub.Tell(mailboxId, Guid.Empty, modSeq, "");
            }
        }

        seen = now;
    }

    private static async ValueTask<List<(Guid MailboxId, long ModSeq)>> ReadAsync(Transaction transaction, Guid[] mailboxIds)
    {
        var found = new List<(Guid MailboxId, long ModSeq)>();
        foreach (var mailboxId in mailboxIds)
        {
            foreach (var modSeq in await transaction.ListAsync(HighestModSeq, reader => reader.GetInt64(0), mailboxId))
                found.Add((mailboxId, modSeq));
        }

        return found;
    }

    [LoggerMessage(LogLevel.Warning, "Looking for changes in watched mailboxes failed: {Failure}")]
    private partial void LogFailed(string failure);
}

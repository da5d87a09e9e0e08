using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Mailboxes.Flags;
using Mailstead.Mailboxes.Items;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Backups;

/// <summary>
/// Puts the items of one folder of a backup into a folder of today, page by page: bodies first, as they lie in the backup and under
/// the same message keys, then the rows. Every body is stored anew, also one that is still there: the segment in which it lies may be
/// about to be collected.
/// </summary>
internal sealed class RestoreItems(
    [FromKeyedServices("mailboxes")] Database database, ISegmentArchive archive, MailboxKeys keys, WatchHub hub, TimeProvider clock)
{
    private const int ItemsPerPage = 100;

    /// <summary>Bodies in memory at a time.</summary>
    private const int BodiesAtOnce = 4;

    private static readonly Statement IsThere = new("SELECT 1 FROM items WHERE mailbox_id = @mailbox_id AND item_id = @item_id");

    /// <param name="place">With an item's id it says which restored item it becomes.</param>
    /// <param name="there">Bodies of items that need not come back.</param>
    public async Task RunAsync(
        MailboxName mailbox, BackupSource source, PastFolder folder, Guid target, byte[] place, HashSet<Guid> there, RestoreMailboxResponse told,
        CancellationToken cancellationToken)
    {
        uint after = 0;
        while (await source.Mailbox.ListItemsAsync(folder.Row.FolderId, after, ItemsPerPage, cancellationToken) is { Count: > 0 } page)
        {
            after = page[^1].Uid;
            var missing = await WithoutThoseThereAsync(mailbox, page, place, there, cancellationToken);
            told.ThereAlready += page.Count - missing.Count;
            var stored = await StoreBodiesAsync(source, missing, cancellationToken);
            told.Lost += missing.Count - stored.Count;
            told.Restored += await InsertAsync(mailbox, folder, target, place, stored, cancellationToken);
        }
    }

    private async Task<List<PastItem>> WithoutThoseThereAsync(
        MailboxName mailbox, List<PastItem> page, byte[] place, HashSet<Guid> there, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            mailbox.Scope,
            async transaction =>
            {
                var missing = new List<PastItem>();
                foreach (var item in page.Where(item => !there.Contains(item.BodyId)))
                {
                    if (!await IsThereAsync(transaction, mailbox, DerivedId.Of(item.ItemId, place)))
                        missing.Add(item);
                }

                return missing;
            },
            cancellationToken);

    private async Task<List<(PastItem Item, StoredBody Body)>> StoreBodiesAsync(
        BackupSource source, List<PastItem> items, CancellationToken cancellationToken)
    {
        var stored = new ConcurrentDictionary<Guid, StoredBody>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = BodiesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(items.DistinctBy(item => item.BodyId), limits, async (item, cancel) =>
        {
            if (await source.Bodies.ReadAsync(item.Location, cancel) is { } record)
                stored[item.BodyId] = await archive.AppendAsync(item.BodyId, record, cancel);
        });
        return [.. items.Where(item => stored.ContainsKey(item.BodyId)).Select(item => (item, stored[item.BodyId]))];
    }

    private async Task<int> InsertAsync(
        MailboxName mailbox, PastFolder folder, Guid target, byte[] place, List<(PastItem Item, StoredBody Body)> items,
        CancellationToken cancellationToken)
    {
        if (items.Count == 0)
            return 0;
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        RequireKey(key, mailbox, items[0].Item);
        var (count, modSeq) = await database.WriteAsync(
            mailbox.Scope,
            async transaction =>
            {
                await MailboxLock.TakeAsync(transaction, mailbox);
                (int Count, long ModSeq) done = (0, 0);
                foreach (var (item, body) in items)
                {
                    if (await InsertAsync(transaction, mailbox, key, folder, target, DerivedId.Of(item.ItemId, place), item, body) is { } placed)
                        done = (done.Count + 1, placed.ModSeq);
                }

                return done;
            },
            cancellationToken);
        if (count > 0)
            hub.Publish(mailbox.MailboxId, target, modSeq, "");
        return count;
    }

    private async ValueTask<Placed?> InsertAsync(
        Transaction transaction, MailboxName mailbox, DataKey key, PastFolder folder, Guid target, Guid itemId, PastItem item, StoredBody body)
    {
        if (await IsThereAsync(transaction, mailbox, itemId))
            return null;
        var (keywords, _) = await Keywords.EnsureAsync(transaction, key, mailbox.MailboxId, [.. folder.KeywordsOf(item.Flags)]);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var restored = new NewItem
        {
            ItemId = itemId,
            FolderId = target,
            Flags = (item.Flags & SystemFlags.All) | keywords,
            Size = item.Size,
            ReceivedAt = item.ReceivedAt,
            SavedAt = now,
            BodyId = item.BodyId,
            Sealed = item.Sealed,
            Class = item.Class,
            Properties = item.Properties,
        };
        var placed = await restored.InsertAsync(transaction, mailbox)
            ?? throw Refused.Exhausted("The mailbox is full: raise its quota and restore again; what fitted in is there and won't come twice");
        await BodyRows.ReplaceAsync(transaction, body.BodyId, body.Location, body.Size, item.Summary, now);
        return placed;
    }

    private static async ValueTask<bool> IsThereAsync(Transaction transaction, MailboxName mailbox, Guid itemId) =>
        await transaction.FindAsync(IsThere, reader => reader.GetInt32(0), mailbox.MailboxId, itemId) != 0;

    private static void RequireKey(DataKey key, MailboxName mailbox, PastItem item)
    {
        try
        {
            ItemSeal.Open(key, mailbox.MailboxId, item.BodyId, item.Sealed).Key.Dispose();
        }
        catch (CryptographicException)
        {
            throw Refused.Precondition("The items of the backup are sealed under another key than the mailbox has now: nobody can read them");
        }
    }
}

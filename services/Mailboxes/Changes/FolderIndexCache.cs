using Mailstead.Mailboxes.Folders;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Changes;

/// <summary>
/// Folder indexes in memory, the least recently used dropped when they take too much. Every use reads the folder's row and
/// brings the index up to it, so that it is right whoever wrote: the cache saves reading, never the check.
/// </summary>
internal sealed class FolderIndexCache([FromKeyedServices("mailboxes")] Database database, MailboxesOptions options)
{
    private static readonly Statement Changed = new(
        $"""
        SELECT {IndexEntry.Columns}
          FROM items
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
           AND modseq > @since
         ORDER BY uid
        """);

    private static readonly Statement Removed = new(
        """
        SELECT uid
          FROM tombstones
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
           AND modseq > @since
        """);

    private readonly Dictionary<(Guid Mailbox, Guid Folder), LinkedListNode<Slot>> slots = [];
    private readonly LinkedList<Slot> byUse = new();
    private readonly Lock gate = new();
    private long octets;

    /// <summary>The folder's row and an index that is at least as new. Read the index under its lock.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND.</exception>
    public async Task<(FolderRow Folder, FolderIndex Index)> GetAsync(
        MailboxName mailbox, Guid folderId, CancellationToken cancellationToken)
    {
        var slot = SlotOf(mailbox.MailboxId, folderId);
        var row = await database.ReadAsync(
            mailbox.Scope,
            transaction => FolderQueries.GetAsync(transaction, mailbox, folderId), cancellationToken);
        if (slot.Index.ModSeq < row.HighestModSeq)
            await RefreshAsync(slot, mailbox.MailboxId, folderId, row.HighestModSeq, cancellationToken);
        return (row, slot.Index);
    }

    private async Task RefreshAsync(
        Slot slot, Guid mailboxId, Guid folderId, long modSeq, CancellationToken cancellationToken)
    {
        await slot.Refreshing.WaitAsync(cancellationToken);
        try
        {
            var since = slot.Index.ModSeq;
            if (since >= modSeq)
                return;
            var (changed, removed) = await database.ReadAsync(
                TenantScope.Of(mailboxId),
                async transaction => (
                    await transaction.ListAsync(Changed, IndexEntry.Read, mailboxId, folderId, since),
                    since == 0 ? [] : await transaction.ListAsync(Removed, reader => (uint)reader.GetInt64(0), mailboxId, folderId, since)),
                cancellationToken);
            var before = slot.Index.Octets;
            lock (slot.Index.Gate)
                slot.Index.Apply(removed, changed, modSeq);
            Account(slot, slot.Index.Octets - before);
        }
        finally
        {
            slot.Refreshing.Release();
        }
    }

    private Slot SlotOf(Guid mailboxId, Guid folderId)
    {
        lock (gate)
        {
            if (slots.TryGetValue((mailboxId, folderId), out var node))
            {
                byUse.Remove(node);
                byUse.AddLast(node);
                return node.Value;
            }

            var slot = new Slot((mailboxId, folderId));
            slots.Add(slot.Key, byUse.AddLast(slot));
            octets += Slot.Overhead;
            return slot;
        }
    }

    private void Account(Slot changed, long growth)
    {
        lock (gate)
        {
            if (!slots.ContainsKey(changed.Key))
                return;
            changed.Octets += growth;
            octets += growth;
            while (octets > options.IndexCacheBytes && byUse.First is { } oldest && oldest.Value != changed)
            {
                byUse.RemoveFirst();
                slots.Remove(oldest.Value.Key);
                octets -= oldest.Value.Octets + Slot.Overhead;
            }
        }
    }

    private sealed class Slot((Guid Mailbox, Guid Folder) key)
    {
        public const int Overhead = 512;

        public (Guid Mailbox, Guid Folder) Key { get; } = key;

        public FolderIndex Index { get; } = new();

        public SemaphoreSlim Refreshing { get; } = new(1);

        public long Octets { get; set; }
    }
}

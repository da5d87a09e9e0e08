using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Mailboxes.Flags;
using Mailstead.Mailboxes.Folders;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Items;

/// <summary>Removes items for good, leaving a tombstone each.</summary>
internal sealed class Expunge([FromKeyedServices("mailboxes")] Database database, WatchHub hub)
{
    private static readonly Statement Marked = new(
        """
        SELECT uid
          FROM items
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
           AND (flags & 8) <> 0
         ORDER BY uid
        """);

    public async Task<ExpungeResponse> RunAsync(ExpungeRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var folderId = MailboxName.Folder(request.FolderId);
        var uids = request.All
            ? (await database.ListAsync(mailbox.Scope, Marked, reader => (uint)reader.GetInt64(0), [mailbox.MailboxId, folderId], cancellationToken)).ToArray()
            : Packed.Read<uint>(request.Uids).ToArray();
        var removed = new List<uint>();
        long modSeq = 0;
        foreach (var chunk in uids.Chunk(MailboxLimits.ItemsPerUnit))
        {
            var (gone, at) = await database.WriteAsync(
                mailbox.Scope,
                transaction => RemoveAsync(transaction, mailbox, folderId, chunk, request.All || request.OnlyDeleted), cancellationToken);
            removed.AddRange(gone);
            modSeq = Math.Max(modSeq, at);
        }

        if (removed.Count > 0)
            hub.Publish(mailbox.MailboxId, folderId, modSeq, System.Diagnostics.Activity.Current?.Id ?? "");
        return new ExpungeResponse { RemovedUids = Packed.Copy<uint>(removed.ToArray()), HighestModseq = modSeq };
    }

    private static async ValueTask<(List<uint> Removed, long ModSeq)> RemoveAsync(
        Transaction transaction, MailboxName mailbox, Guid folderId, uint[] uids, bool onlyDeleted)
    {
        await MailboxLock.TakeAsync(transaction, mailbox);
        await FolderQueries.GetAsync(transaction, mailbox, folderId);
        var items = await ItemFlags.ListAsync(transaction, mailbox.MailboxId, folderId, uids);
        if (onlyDeleted)
            items.RemoveAll(item => (item.Flags & SystemFlags.Deleted) == 0);
        if (items.Count == 0)
            return ([], 0);
        var modSeq = await ModSeqs.NextAsync(transaction, mailbox);
        await Removal.RunAsync(transaction, mailbox, folderId, items, modSeq, freesSpace: true);
        return ([.. items.Select(item => item.Uid)], modSeq);
    }
}

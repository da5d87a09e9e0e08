using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Mailboxes.Flags;
using Mailstead.Mailboxes.Folders;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Items;

/// <summary>
/// Copies or moves items within a mailbox: all or none. Copies share the body; a moved item keeps its id.
/// </summary>
internal sealed class CopyItems([FromKeyedServices("mailboxes")] Database database, WatchHub hub, TimeProvider clock)
{
    private const int ItemsMax = 100_000;

    private static readonly Statement TakeSpace = new(
        """
        UPDATE mailboxes
           SET used_bytes = used_bytes + @size, item_count = item_count + @count
         WHERE mailbox_id = @mailbox_id
           AND used_bytes + @size <= quota_bytes
        """);

    private static readonly Statement TakeUids = new(
        """
        UPDATE folders
           SET uid_next = uid_next + @count, highest_modseq = @modseq, message_count = message_count + @count,
               unseen_count = unseen_count + @unseen, size_bytes = size_bytes + @size
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
        RETURNING uid_next
        """);

    private static readonly Statement Copy = new(
        """
        INSERT INTO items (mailbox_id, item_id, folder_id, uid, modseq, created_modseq, class, flags, size, received_at, saved_at,
                           body_id, sealed, properties)
        SELECT mailbox_id, @new_item_id, @target_id, @new_uid, @modseq, @modseq, class, flags, size, received_at, @saved_at,
               body_id, sealed, properties
          FROM items
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
           AND uid = @uid
        """);

    private static readonly Statement Move = new(
        """
        UPDATE items
           SET folder_id = @target_id, uid = @new_uid, modseq = @modseq, created_modseq = @modseq, saved_at = @saved_at
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
           AND uid = @uid
        """);

    public async Task<CopyItemsResponse> RunAsync(CopyItemsRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var sourceId = MailboxName.Folder(request.FolderId);
        var targetId = MailboxName.Folder(request.TargetFolderId);
        var uids = Packed.Read<uint>(request.Uids).ToArray();
        if (uids.Length > ItemsMax)
            throw Refused.Exhausted($"At most {ItemsMax} messages are copied or moved at once");
        var response = await database.WriteAsync(
            mailbox.Scope,
            transaction => TransferAsync(transaction, mailbox, sourceId, targetId, uids, request.Move), cancellationToken);
        if (!response.SourceUids.IsEmpty)
        {
            hub.Publish(mailbox.MailboxId, targetId, response.HighestModseq, "");
            if (request.Move)
                hub.Publish(mailbox.MailboxId, sourceId, response.HighestModseq, "");
        }

        return response;
    }

    private async ValueTask<CopyItemsResponse> TransferAsync(
        Transaction transaction, MailboxName mailbox, Guid sourceId, Guid targetId, uint[] uids, bool isMove)
    {
        await MailboxLock.TakeAsync(transaction, mailbox);
        await FolderQueries.GetAsync(transaction, mailbox, sourceId);
        var target = await FolderQueries.GetAsync(transaction, mailbox, targetId);
        var items = await ItemFlags.ListAsync(transaction, mailbox.MailboxId, sourceId, uids);
        if (items.Count == 0)
            return new CopyItemsResponse { UidValidity = target.UidValidity };
        var modSeq = await ModSeqs.NextAsync(transaction, mailbox);
        var size = items.Sum(item => item.Size);
        if (!isMove && await transaction.ExecuteAsync(TakeSpace, size, (long)items.Count, mailbox.MailboxId) == 0)
            throw Refused.Exhausted("The mailbox has no room for these copies: its quota would be exceeded");
        if (isMove)
            await Removal.RunAsync(transaction, mailbox, sourceId, items, modSeq, freesSpace: false);
        var unseen = items.LongCount(item => (item.Flags & SystemFlags.Seen) == 0);
        var uidNext = await transaction.FindAsync(
            TakeUids, reader => reader.GetInt64(0), (long)items.Count, modSeq, unseen, size, mailbox.MailboxId, targetId);
        var newUids = await PlaceAsync(transaction, mailbox, sourceId, targetId, items, uidNext - items.Count, modSeq, isMove);
        return new CopyItemsResponse
        {
            UidValidity = target.UidValidity,
            SourceUids = Packed.Copy<uint>(items.Select(item => item.Uid).ToArray()),
            TargetUids = Packed.Copy<uint>(newUids),
            HighestModseq = modSeq,
        };
    }

    private async ValueTask<uint[]> PlaceAsync(
        Transaction transaction, MailboxName mailbox, Guid sourceId, Guid targetId, List<ItemFlags> items, long firstUid, long modSeq, bool isMove)
    {
        var now = clock.GetUtcNow();
        var newUids = new uint[items.Count];
        for (var i = 0; i < items.Count; i++)
        {
            newUids[i] = (uint)(firstUid + i);
            var (uid, newUid, savedAt) = ((long)items[i].Uid, firstUid + i, now.ToUnixTimeMilliseconds());
            if (isMove)
                await transaction.ExecuteAsync(Move, targetId, newUid, modSeq, savedAt, mailbox.MailboxId, sourceId, uid);
            else
                await transaction.ExecuteAsync(Copy, Guid.CreateVersion7(now), targetId, newUid, modSeq, savedAt, mailbox.MailboxId, sourceId, uid);
        }

        return newUids;
    }
}

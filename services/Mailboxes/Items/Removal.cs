using Mailstead.Mailboxes.Flags;
using Mailstead.Persistence.Databases;

namespace Mailstead.Mailboxes.Items;

/// <summary>Takes items out of a folder, by expunging them or by moving them elsewhere.</summary>
internal static class Removal
{
    private static readonly Statement DeleteItem = new(
        """
        DELETE FROM items
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
           AND uid = @uid
        """);

    private static readonly Statement Bury = new(
        """
        INSERT INTO tombstones (mailbox_id, folder_id, modseq, uid, item_id)
        VALUES (@mailbox_id, @folder_id, @modseq, @uid, @item_id)
        """);

    private static readonly Statement UpdateFolder = new(
        """
        UPDATE folders
           SET message_count = message_count - @count, unseen_count = unseen_count - @unseen, size_bytes = size_bytes - @size,
               highest_modseq = @modseq
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
        """);

    private static readonly Statement FreeSpace = new(
        """
        UPDATE mailboxes
           SET used_bytes = used_bytes - @size, item_count = item_count - @count
         WHERE mailbox_id = @mailbox_id
        """);

    /// <param name="freesSpace">False for a move: the items stay in the mailbox and their rows are moved by the caller.</param>
    public static async ValueTask RunAsync(
        Transaction transaction, MailboxName mailbox, Guid folderId, List<ItemFlags> items, long modSeq, bool freesSpace)
    {
        foreach (var item in items)
        {
            if (freesSpace)
                await transaction.ExecuteAsync(DeleteItem, mailbox.MailboxId, folderId, (long)item.Uid);
            await transaction.ExecuteAsync(Bury, mailbox.MailboxId, folderId, modSeq, (long)item.Uid, item.ItemId);
        }

        var size = items.Sum(item => item.Size);
        var unseen = items.LongCount(item => (item.Flags & SystemFlags.Seen) == 0);
        await transaction.ExecuteAsync(UpdateFolder, (long)items.Count, unseen, size, modSeq, mailbox.MailboxId, folderId);
        if (freesSpace)
            await transaction.ExecuteAsync(FreeSpace, size, (long)items.Count, mailbox.MailboxId);
    }
}

using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Folders;

/// <summary>Deletes a folder with what is in it; folders inside it must go first.</summary>
internal sealed class DeleteFolder([FromKeyedServices("mailboxes")] Database database, WatchHub hub)
{
    private static readonly Statement DeleteItems = new(
        "DELETE FROM items WHERE mailbox_id = @mailbox_id AND folder_id = @folder_id");

    private static readonly Statement DeleteTombstones = new(
        "DELETE FROM tombstones WHERE mailbox_id = @mailbox_id AND folder_id = @folder_id");

    private static readonly Statement Delete = new(
        "DELETE FROM folders WHERE mailbox_id = @mailbox_id AND folder_id = @folder_id");

    private static readonly Statement Release = new(
        """
        UPDATE mailboxes
           SET used_bytes = used_bytes - @size, item_count = item_count - @count
         WHERE mailbox_id = @mailbox_id
        """);

    public async Task<DeleteFolderResponse> RunAsync(DeleteFolderRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var folderId = MailboxName.Folder(request.FolderId);
        var modSeq = await database.WriteAsync(
            mailbox.Scope, transaction => DeleteAsync(transaction, mailbox, folderId), cancellationToken);
        hub.Publish(mailbox.MailboxId, folderId, modSeq, "");
        hub.Publish(mailbox.MailboxId, Guid.Empty, modSeq, "");
        return new DeleteFolderResponse();
    }

    private static async ValueTask<long> DeleteAsync(Transaction transaction, MailboxName mailbox, Guid folderId)
    {
        await MailboxLock.TakeAsync(transaction, mailbox);
        var folders = await FolderQueries.ListAsync(transaction, mailbox);
        var folder = folders.Find(row => row.FolderId == folderId) ?? throw Refused.NoFolder();
        if (folder.Role != FolderRole.NoRole)
            throw Refused.Precondition("This folder is part of every mailbox and can't be deleted");
        if (folders.Exists(row => row.ParentId == folderId))
            throw Refused.Precondition("Delete the folders inside it first");
        var modSeq = await ModSeqs.NextAsync(transaction, mailbox);
        await transaction.ExecuteAsync(DeleteItems, mailbox.MailboxId, folderId);
        await transaction.ExecuteAsync(DeleteTombstones, mailbox.MailboxId, folderId);
        await transaction.ExecuteAsync(Delete, mailbox.MailboxId, folderId);
        await transaction.ExecuteAsync(Release, folder.SizeBytes, folder.MessageCount, mailbox.MailboxId);
        return modSeq;
    }
}

using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Folders;

/// <summary>Gives a folder another name or parent; what is in it goes along untouched.</summary>
internal sealed class RenameFolder([FromKeyedServices("mailboxes")] Database database, MailboxKeys keys, WatchHub hub)
{
    private static readonly Statement Taken = new(
        """
        SELECT folder_id
          FROM folders
         WHERE mailbox_id = @mailbox_id
           AND parent_id = @parent_id
           AND name_index = @name_index
        """);

    private static readonly Statement Update = new(
        """
        UPDATE folders
           SET parent_id = @parent_id, sealed_name = @sealed_name, name_index = @name_index, highest_modseq = @modseq
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
        """);

    public async Task<RenameFolderResponse> RunAsync(RenameFolderRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var folderId = MailboxName.Folder(request.FolderId);
        var parentId = request.NewParentId.Length == 0 ? Guid.Empty : MailboxName.Folder(request.NewParentId);
        FolderNames.Check(request.NewName);
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        var modSeq = await database.WriteAsync(
            mailbox.Scope,
            transaction => RenameAsync(transaction, mailbox, folderId, parentId, request.NewName, key), cancellationToken);
        hub.Publish(mailbox.MailboxId, Guid.Empty, modSeq, "");
        return new RenameFolderResponse();
    }

    private static async ValueTask<long> RenameAsync(
        Transaction transaction, MailboxName mailbox, Guid folderId, Guid parentId, string name, DataKey key)
    {
        await MailboxLock.TakeAsync(transaction, mailbox);
        var folders = await FolderQueries.ListAsync(transaction, mailbox);
        var folder = folders.Find(row => row.FolderId == folderId) ?? throw Refused.NoFolder();
        if (folder.Role != FolderRole.NoRole)
            throw Refused.Precondition("This folder is part of every mailbox and keeps its name");
        if (FolderTree.IsInside(folders, parentId, folderId))
            throw Refused.Invalid("A folder can't be moved into itself");
        FolderTree.CheckPlace(folders, parentId, FolderTree.LevelsUnder(folders, folderId));
        var index = FolderNames.Index(key, name);
        var taken = await transaction.FindAsync(Taken, reader => reader.GetOptionalId(0), mailbox.MailboxId, parentId, index);
        if (taken is { } other && other != folderId)
            throw Refused.FolderExists();
        var modSeq = await ModSeqs.NextAsync(transaction, mailbox);
        await transaction.ExecuteAsync(
            Update, parentId, FolderNames.Seal(key, mailbox.MailboxId, folderId, name), index, modSeq, mailbox.MailboxId, folderId);
        return modSeq;
    }
}

using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Folders;

/// <summary>Makes one folder under another or at the top.</summary>
internal sealed class CreateFolder(
    [FromKeyedServices("mailboxes")] Database database, MailboxKeys keys, WatchHub hub, TimeProvider clock)
{
    public async Task<CreateFolderResponse> RunAsync(CreateFolderRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        FolderNames.Check(request.Name);
        var now = clock.GetUtcNow();
        var folder = new NewFolder(
            Guid.CreateVersion7(now),
            request.ParentId.Length == 0 ? Guid.Empty : MailboxName.Folder(request.ParentId),
            FolderRole.NoRole,
            request.ContainerClass.Length == 0 ? "IPF.Note" : request.ContainerClass,
            request.Name);
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        var made = await database.WriteAsync(
            mailbox.Scope,
            async transaction =>
            {
                await MailboxLock.TakeAsync(transaction, mailbox);
                var folders = await FolderQueries.ListAsync(transaction, mailbox);
                FolderTree.CheckPlace(folders, folder.ParentId, levels: 1);
                if (folders.Count >= MailboxLimits.FoldersMax)
                    throw Refused.Exhausted($"A mailbox has at most {MailboxLimits.FoldersMax} folders");
                var modSeq = await ModSeqs.NextAsync(transaction, mailbox);
                await folder.InsertAsync(transaction, mailbox, key, now, modSeq);
                return await FolderQueries.GetAsync(transaction, mailbox, folder.FolderId);
            },
            cancellationToken);
        hub.Publish(mailbox.MailboxId, Guid.Empty, made.HighestModSeq, "");
        return new CreateFolderResponse { Folder = made.ToMessage(key, mailbox.MailboxId) };
    }
}

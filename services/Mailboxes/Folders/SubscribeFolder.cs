using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Folders;

/// <summary>Puts a folder on the list that clients show, or takes it off.</summary>
internal sealed class SubscribeFolder([FromKeyedServices("mailboxes")] Database database)
{
    private static readonly Statement Update = new(
        """
        UPDATE folders
           SET subscribed = @subscribed
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
        """);

    public async Task<SubscribeFolderResponse> RunAsync(SubscribeFolderRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var folderId = MailboxName.Folder(request.FolderId);
        await database.WriteAsync(
            mailbox.Scope,
            async transaction =>
            {
                await FolderQueries.GetAsync(transaction, mailbox, folderId);
                return await transaction.ExecuteAsync(Update, request.Subscribed, mailbox.MailboxId, folderId);
            },
            cancellationToken);
        return new SubscribeFolderResponse();
    }
}

using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Folders;

/// <summary>Every folder of a mailbox with its counts.</summary>
internal sealed class ListFolders([FromKeyedServices("mailboxes")] Database database, MailboxKeys keys)
{
    public async Task<ListFoldersResponse> RunAsync(ListFoldersRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var rows = await database.ReadAsync(
            mailbox.Scope, transaction => FolderQueries.ListAsync(transaction, mailbox), cancellationToken);
        if (rows.Count == 0)
            throw Refused.NoMailbox();
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        var response = new ListFoldersResponse();
        foreach (var row in rows)
            response.Folders.Add(row.ToMessage(key, mailbox.MailboxId));
        return response;
    }
}

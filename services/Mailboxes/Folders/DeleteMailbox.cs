using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Folders;

/// <summary>Deletes a mailbox for ever: rows first, then the key, without which the bodies that remain are noise.</summary>
internal sealed class DeleteMailbox([FromKeyedServices("mailboxes")] Database database, MailboxKeys keys)
{
    private static readonly Statement[] Deletions =
    [
        new("DELETE FROM items WHERE mailbox_id = @mailbox_id"),
        new("DELETE FROM tombstones WHERE mailbox_id = @mailbox_id"),
        new("DELETE FROM folders WHERE mailbox_id = @mailbox_id"),
        new("DELETE FROM mailboxes WHERE mailbox_id = @mailbox_id"),
    ];

    private static readonly Statement Owner = new("SELECT organization_id FROM mailboxes WHERE mailbox_id = @mailbox_id");

    public async Task<DeleteMailboxResponse> RunAsync(DeleteMailboxRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        await database.WriteAsync(
            mailbox.Scope,
            async transaction =>
            {
                await MailboxLock.TakeAsync(transaction, mailbox);
                var owner = await transaction.FindAsync(Owner, reader => reader.GetOptionalId(0), mailbox.MailboxId);
                if (owner is { } organization && organization != mailbox.OrganizationId)
                    throw Refused.NoMailbox();
                foreach (var deletion in Deletions)
                    await transaction.ExecuteAsync(deletion, mailbox.MailboxId);
                return true;
            },
            cancellationToken);
        await keys.DestroyAsync(mailbox, cancellationToken);
        return new DeleteMailboxResponse();
    }
}

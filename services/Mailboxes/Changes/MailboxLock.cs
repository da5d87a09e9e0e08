using Mailstead.Persistence.Databases;

namespace Mailstead.Mailboxes.Changes;

/// <summary>
/// A unit that reads before it writes takes this first: changes of one mailbox then happen one after the other, and what was read
/// is still so when it is written. Where there is one writer anyway, it costs nothing.
/// </summary>
internal static class MailboxLock
{
    private static readonly Statement Take = new(
        """
        SELECT 1
          FROM mailboxes
         WHERE mailbox_id = @mailbox_id
           AND organization_id = @organization_id
           FOR UPDATE
        """);

    public static async ValueTask TakeAsync(Transaction transaction, MailboxName mailbox)
    {
        if (!transaction.Dialect.HasOneWriter)
            await transaction.FindAsync(Take, reader => reader.GetInt32(0), mailbox.MailboxId, mailbox.OrganizationId);
    }
}

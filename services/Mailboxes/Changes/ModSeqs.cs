using Mailstead.Persistence.Databases;

namespace Mailstead.Mailboxes.Changes;

/// <summary>
/// The mailbox's one change counter. A unit that changes something takes the next value first: on PostgreSQL that locks the
/// mailbox's row, so that changes of one mailbox are ordered as their values are.
/// </summary>
internal static class ModSeqs
{
    private static readonly Statement Next = new(
        """
        UPDATE mailboxes
           SET highest_modseq = highest_modseq + 1
         WHERE mailbox_id = @mailbox_id
           AND organization_id = @organization_id
        RETURNING highest_modseq
        """);

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND.</exception>
    public static async ValueTask<long> NextAsync(Transaction transaction, MailboxName mailbox)
    {
        var next = await transaction.FindAsync(Next, reader => reader.GetInt64(0), mailbox.MailboxId, mailbox.OrganizationId);
        return next > 0 ? next : throw Refused.NoMailbox();
    }
}

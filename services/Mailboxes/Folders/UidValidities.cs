using Mailstead.Persistence.Databases;

namespace Mailstead.Mailboxes.Folders;

/// <summary>
/// RFC 9051 §2.3.1.1: a folder made again under an old name has a higher validity. Seconds of a clock do that until 2106; folders
/// of one second, or of a clock that was put back, get the next number.
/// </summary>
internal static class UidValidities
{
    private static readonly Statement Next = new(
        """
        UPDATE mailboxes
           SET last_uid_validity = CASE WHEN last_uid_validity < @seconds THEN @seconds ELSE last_uid_validity + 1 END
         WHERE mailbox_id = @mailbox_id
           AND organization_id = @organization_id
        RETURNING last_uid_validity
        """);

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND.</exception>
    public static async ValueTask<long> NextAsync(Transaction transaction, MailboxName mailbox, DateTimeOffset now)
    {
        var next = await transaction.FindAsync(
            Next, reader => reader.GetInt64(0), now.ToUnixTimeSeconds(), mailbox.MailboxId, mailbox.OrganizationId);
        return next > 0 ? next : throw Refused.NoMailbox();
    }
}

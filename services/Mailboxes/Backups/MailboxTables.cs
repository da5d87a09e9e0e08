using Mailstead.Persistence.Backups;

namespace Mailstead.Mailboxes.Backups;

/// <summary>What a backup must know of the tables of mailboxes.</summary>
internal static class MailboxTables
{
    /// <summary>
    /// Clients have seen uids and modseqs of after the time that is restored. Folders get a higher uid validity, so that what clients
    /// remember by uid is dropped (RFC 9051 §2.3.1.1), and the mailbox a modseq far above any that was told, so that no state from
    /// the lost time is taken for an older one.
    /// </summary>
    public static readonly BackedUpSchema Backup = new("mailboxes", typeof(MailboxesModule).Assembly)
    {
        BodyLocations =
        [
            "SELECT location FROM bodies WHERE EXISTS (SELECT 1 FROM items WHERE items.body_id = bodies.body_id)",
        ],
        AfterRestore =
        [
            """
            UPDATE mailboxes
               SET highest_modseq = highest_modseq + 1000000000,
                   last_uid_validity = CASE WHEN last_uid_validity < @now / 1000 THEN @now / 1000 ELSE last_uid_validity + 1 END
            """,
            """
            UPDATE folders
               SET uid_validity = (SELECT last_uid_validity FROM mailboxes WHERE mailboxes.mailbox_id = folders.mailbox_id),
                   highest_modseq = (SELECT highest_modseq FROM mailboxes WHERE mailboxes.mailbox_id = folders.mailbox_id)
            """,
            "DELETE FROM backups WHERE completed_at IS NULL",
            "DELETE FROM dead_segments",
        ],
    };
}

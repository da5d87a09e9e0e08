using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Mailboxes;

/// <summary>Mailboxes that will be deleted, and when.</summary>
internal static class DoomedMailboxes
{
    private static readonly Statement Put = new(
        """
        INSERT INTO doomed_mailboxes (organization_id, mailbox_id, delete_at)
        VALUES (@organization_id, @mailbox_id, @delete_at)
        ON CONFLICT (organization_id, mailbox_id) DO UPDATE SET delete_at = excluded.delete_at
        """);

    private static readonly Statement Delete = new(
        "DELETE FROM doomed_mailboxes WHERE organization_id = @organization_id AND mailbox_id = @mailbox_id");

    private static readonly Statement Due = Statement.AcrossTenants(
        "SELECT organization_id, mailbox_id FROM doomed_mailboxes WHERE delete_at <= @now ORDER BY delete_at LIMIT 100");

    public static ValueTask<int> AddAsync(Transaction transaction, Guid organizationId, Guid mailboxId, DateTimeOffset deleteAt) =>
        transaction.ExecuteAsync(Put, organizationId, mailboxId, deleteAt.ToUnixTimeMilliseconds());

    public static ValueTask<int> RemoveAsync(Transaction transaction, Guid organizationId, Guid mailboxId) =>
        transaction.ExecuteAsync(Delete, organizationId, mailboxId);

    public static ValueTask<List<(Guid OrganizationId, Guid MailboxId)>> ListDueAsync(Transaction transaction, DateTimeOffset now) =>
        transaction.ListAsync(Due, reader => (reader.GetId(0), reader.GetId(1)), now.ToUnixTimeMilliseconds());
}

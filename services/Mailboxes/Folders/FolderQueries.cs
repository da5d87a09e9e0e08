using Mailstead.Persistence.Databases;

namespace Mailstead.Mailboxes.Folders;

/// <summary>Finds folders; nothing is found without the right organization.</summary>
internal static class FolderQueries
{
    private static readonly Statement One = new(
        $"""
        SELECT {FolderRow.Columns}
          FROM folders f
          JOIN mailboxes m ON m.mailbox_id = f.mailbox_id
         WHERE f.mailbox_id = @mailbox_id
           AND f.folder_id = @folder_id
           AND m.organization_id = @organization_id
        """);

    private static readonly Statement Every = new(
        $"""
        SELECT {FolderRow.Columns}
          FROM folders f
          JOIN mailboxes m ON m.mailbox_id = f.mailbox_id
         WHERE f.mailbox_id = @mailbox_id
           AND m.organization_id = @organization_id
         ORDER BY f.folder_id
        """);

    private static readonly Statement Mailbox = new(
        """
        SELECT 1
          FROM mailboxes
         WHERE mailbox_id = @mailbox_id
           AND organization_id = @organization_id
        """);

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND.</exception>
    public static async ValueTask<FolderRow> GetAsync(Transaction transaction, MailboxName mailbox, Guid folderId) =>
        await transaction.FindAsync(One, FolderRow.Read, mailbox.MailboxId, folderId, mailbox.OrganizationId)
        ?? throw Refused.NoFolder();

    public static ValueTask<List<FolderRow>> ListAsync(Transaction transaction, MailboxName mailbox) =>
        transaction.ListAsync(Every, FolderRow.Read, mailbox.MailboxId, mailbox.OrganizationId);

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND.</exception>
    public static async ValueTask RequireMailboxAsync(Transaction transaction, MailboxName mailbox)
    {
        if (!await ExistsAsync(transaction, mailbox))
            throw Refused.NoMailbox();
    }

    public static async ValueTask<bool> ExistsAsync(Transaction transaction, MailboxName mailbox) =>
        await transaction.FindAsync(Mailbox, reader => reader.GetInt32(0), mailbox.MailboxId, mailbox.OrganizationId) != 0;
}

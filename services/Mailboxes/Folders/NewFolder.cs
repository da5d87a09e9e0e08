using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Mailboxes.Folders;

/// <summary>A folder about to be.</summary>
internal sealed record NewFolder(Guid FolderId, Guid ParentId, FolderRole Role, string ContainerClass, string Name)
{
    private static readonly Statement Insert = new(
        """
        INSERT INTO folders (mailbox_id, folder_id, parent_id, role, container_class, sealed_name, name_index, uid_validity, uid_next,
                             highest_modseq, message_count, unseen_count, size_bytes, subscribed)
        VALUES (@mailbox_id, @folder_id, @parent_id, @role, @container_class, @sealed_name, @name_index, @uid_validity, 1,
                @highest_modseq, 0, 0, 0, @subscribed)
        ON CONFLICT (mailbox_id, parent_id, name_index) DO NOTHING
        """);

    /// <exception cref="Grpc.Core.RpcException">ALREADY_EXISTS.</exception>
    public async ValueTask InsertAsync(
        Transaction transaction, MailboxName mailbox, DataKey key, DateTimeOffset now, long modSeq)
    {
        var uidValidity = await UidValidities.NextAsync(transaction, mailbox, now);
        var inserted = await transaction.ExecuteAsync(
            Insert, mailbox.MailboxId, FolderId, ParentId, (int)Role, ContainerClass,
            FolderNames.Seal(key, mailbox.MailboxId, FolderId, Name), FolderNames.Index(key, Name), uidValidity, modSeq, Role != FolderRole.NoRole);
        if (inserted == 0)
            throw Refused.FolderExists();
    }
}

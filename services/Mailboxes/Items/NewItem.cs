using Mailstead.Mailboxes.Flags;
using Mailstead.Persistence.Databases;
using Mailstead.Protocols.Mime;

namespace Mailstead.Mailboxes.Items;

/// <summary>Puts an item into a folder: takes space, modseq and uid, then writes the row.</summary>
internal sealed record NewItem
{
    private static readonly Statement TakeSpace = new(
        """
        UPDATE mailboxes
           SET used_bytes = used_bytes + @size, highest_modseq = highest_modseq + 1, item_count = item_count + 1
         WHERE mailbox_id = @mailbox_id
           AND organization_id = @organization_id
           AND used_bytes + @size <= quota_bytes
        RETURNING highest_modseq
        """);

    private static readonly Statement ReturnSpace = new(
        """
        UPDATE mailboxes
           SET used_bytes = used_bytes - @size, item_count = item_count - 1
         WHERE mailbox_id = @mailbox_id
        """);

    private static readonly Statement TakeUid = new(
        """
        UPDATE folders
           SET uid_next = uid_next + 1, highest_modseq = @modseq, message_count = message_count + 1,
               unseen_count = unseen_count + @unseen, size_bytes = size_bytes + @size
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
        RETURNING uid_next - 1, uid_validity
        """);

    private static readonly Statement Insert = new(
        """
        INSERT INTO items (mailbox_id, item_id, folder_id, uid, modseq, created_modseq, class, flags, size, received_at, saved_at,
                           body_id, sealed, properties)
        VALUES (@mailbox_id, @item_id, @folder_id, @uid, @modseq, @modseq, @class, @flags, @size, @received_at, @saved_at,
                @body_id, @sealed, @properties)
        """);

    /// <summary>The three as one, if neither the item nor a tombstone of it is there. Without a uid, the folder has gone in that very moment.</summary>
    private static readonly Statement InsertAtOnce = new(
        """
        WITH space AS (
            UPDATE mailboxes
               SET used_bytes = used_bytes + @size, highest_modseq = highest_modseq + 1, item_count = item_count + 1
             WHERE mailbox_id = @mailbox_id
               AND organization_id = @organization_id
               AND used_bytes + @size <= quota_bytes
               AND NOT EXISTS (SELECT 1 FROM items WHERE mailbox_id = @mailbox_id AND item_id = @item_id)
               AND NOT EXISTS (SELECT 1 FROM tombstones WHERE mailbox_id = @mailbox_id AND item_id = @item_id)
               AND EXISTS (SELECT 1 FROM folders WHERE mailbox_id = @mailbox_id AND folder_id = @folder_id)
            RETURNING mailbox_id, highest_modseq
        ), place AS (
            UPDATE folders
               SET uid_next = uid_next + 1, highest_modseq = space.highest_modseq, message_count = message_count + 1,
                   unseen_count = unseen_count + @unseen, size_bytes = size_bytes + @size
              FROM space
             WHERE folders.mailbox_id = @mailbox_id
               AND folder_id = @folder_id
            RETURNING folders.mailbox_id, uid_next - 1 AS uid, uid_validity
        ), item AS (
            INSERT INTO items (mailbox_id, item_id, folder_id, uid, modseq, created_modseq, class, flags, size, received_at, saved_at,
                               body_id, sealed, properties)
            SELECT @mailbox_id, @item_id, @folder_id, uid, highest_modseq, highest_modseq, @class, @flags, @octets, @received_at, @saved_at,
                   @body_id, @sealed, CAST(@properties AS BYTEA)
              FROM space, place
        )
        SELECT highest_modseq, COALESCE(uid, 0), COALESCE(uid_validity, 0)
          FROM space
          LEFT JOIN place ON place.mailbox_id = space.mailbox_id
        """);

    public required Guid ItemId { get; init; }

    public required Guid FolderId { get; init; }

    public required ulong Flags { get; init; }

    /// <summary>Octets as clients see the item.</summary>
    public required long Size { get; init; }

    public required long ReceivedAt { get; init; }

    public required long SavedAt { get; init; }

    public required Guid BodyId { get; init; }

    public required byte[] Sealed { get; init; }

    public string Class { get; init; } = ItemClass.Note;

    public byte[]? Properties { get; init; }

    /// <summary>What the item takes of the quota.</summary>
    private long Space => Size + (Properties?.Length ?? 0);

    private long Unseen => (Flags & SystemFlags.Seen) == 0 ? 1L : 0L;

    /// <summary>
    /// For databases with <see cref="Dialect.ChangesInQueries"/>: reads a <see cref="Placed"/>. Nothing, when it can't be or the item is there or
    /// was: then nothing has changed. A uid of 0, when the folder has gone meanwhile: then space is to be given back.
    /// </summary>
    public Change ToChange(MailboxName mailbox) => new(
        InsertAtOnce,
        [
            Space, mailbox.MailboxId, mailbox.OrganizationId, ItemId, FolderId, Unseen, Class, (long)Flags, Size, ReceivedAt, SavedAt, BodyId,
            Sealed, Properties,
        ],
        mailbox.MailboxId,
        reader => new Placed((uint)reader.GetInt64(1), (uint)reader.GetInt64(2), reader.GetInt64(0)));

    public ValueTask<int> ReturnSpaceAsync(Transaction transaction, MailboxName mailbox) =>
        transaction.ExecuteAsync(ReturnSpace, Space, mailbox.MailboxId);

    /// <summary>Null: the mailbox is full (or gone: the caller has found it in this transaction).</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND: there is no such folder, and nothing has changed.</exception>
    public async ValueTask<Placed?> InsertAsync(Transaction transaction, MailboxName mailbox)
    {
        var modSeq = await transaction.FindAsync(
            TakeSpace, reader => reader.GetInt64(0), Space, mailbox.MailboxId, mailbox.OrganizationId);
        if (modSeq == 0)
            return null;
        var placed = await transaction.FindAsync(
            TakeUid, reader => new Placed((uint)reader.GetInt64(0), (uint)reader.GetInt64(1), modSeq),
            modSeq, Unseen, Space, mailbox.MailboxId, FolderId);
        if (placed is null)
        {
            // The unit may go on with other mailboxes: what was taken here is given back.
            await ReturnSpaceAsync(transaction, mailbox);
            throw Refused.NoFolder();
        }

        await transaction.ExecuteAsync(
            Insert, mailbox.MailboxId, ItemId, FolderId, (long)placed.Uid, modSeq, Class, (long)Flags, Size, ReceivedAt, SavedAt,
            BodyId, Sealed, Properties);
        return placed;
    }
}

/// <summary>Where an item has come to lie.</summary>
internal sealed record Placed(uint Uid, uint UidValidity, long ModSeq);

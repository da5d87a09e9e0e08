using System.Data.Common;
using Mailstead.Mailboxes.Flags;
using Mailstead.Mailboxes.Folders;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Mailboxes.Backups;

/// <summary>A mailbox as a backup has it: the same tables, of another time.</summary>
internal sealed class PastMailbox(Database tables, MailboxName mailbox)
{
    private static readonly Statement Page = new(
        """
        SELECT i.item_id, i.uid, i.class, i.flags, i.size, i.received_at, i.body_id, i.sealed, i.properties, b.location, b.summary
          FROM items i
          JOIN bodies b ON b.body_id = i.body_id
         WHERE i.mailbox_id = @mailbox_id
           AND i.folder_id = @folder_id
           AND i.uid > @after
         ORDER BY i.uid
         LIMIT @count
        """);

    /// <summary>All folders, parents before those inside them.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND: it was not there at that time.</exception>
    public async Task<IReadOnlyList<PastFolder>> ListFoldersAsync(DataKey key, CancellationToken cancellationToken)
    {
        var rows = await tables.ReadAsync(mailbox.Scope, transaction => FolderQueries.ListAsync(transaction, mailbox), cancellationToken);
        if (rows.Count == 0)
            throw Refused.NoMailbox();
        var keywords = Keywords.Open(key, mailbox.MailboxId, rows[0].SealedKeywords);
        var folders = new List<PastFolder>();
        AddInside(Guid.Empty, []);
        return folders;

        void AddInside(Guid parentId, string[] above)
        {
            foreach (var row in rows.Where(row => row.ParentId == parentId))
            {
                string[] path = [.. above, FolderNames.Open(key, mailbox.MailboxId, row.FolderId, row.SealedName)];
                folders.Add(new PastFolder(row, path, keywords));
                AddInside(row.FolderId, path);
            }
        }
    }

    public Task<List<PastItem>> ListItemsAsync(Guid folderId, uint after, int count, CancellationToken cancellationToken) =>
        tables.ListAsync(mailbox.Scope, Page, Read, [mailbox.MailboxId, folderId, (long)after, (long)count], cancellationToken).AsTask();

    private static PastItem Read(DbDataReader reader) => new()
    {
        ItemId = reader.GetId(0),
        Uid = (uint)reader.GetInt64(1),
        Class = reader.GetString(2),
        Flags = (ulong)reader.GetInt64(3),
        Size = reader.GetInt64(4),
        ReceivedAt = reader.GetInt64(5),
        BodyId = reader.GetId(6),
        Sealed = reader.GetOctets(7),
        Properties = reader.GetOptionalOctets(8),
        Location = reader.GetString(9),
        Summary = reader.GetOctets(10),
    };
}

/// <summary>A folder of that time.</summary>
/// <param name="Path">The names from the top down to it.</param>
/// <param name="Keywords">Those of its mailbox: index n is bit 8+n of flags.</param>
internal sealed record PastFolder(FolderRow Row, string[] Path, string[] Keywords)
{
    /// <summary>Is it this one, or inside it? INBOX is one name in any case.</summary>
    public bool IsWithin(string[] path) =>
        path.Length <= Path.Length
        && Path.Zip(path).All(pair => pair.First == pair.Second)
        || path.Length > 0 && path[0].Equals("inbox", StringComparison.OrdinalIgnoreCase) && path[0] != "Inbox" && IsWithin(["Inbox", .. path[1..]]);

    public IEnumerable<string> KeywordsOf(ulong flags) =>
        Keywords.Where((_, index) => (flags & (1UL << (SystemFlags.FirstKeywordBit + index))) != 0);
}

/// <summary>An item of that time, and where the backup has its body.</summary>
internal sealed record PastItem
{
    public required Guid ItemId { get; init; }

    public required uint Uid { get; init; }

    public required string Class { get; init; }

    public required ulong Flags { get; init; }

    public required long Size { get; init; }

    public required long ReceivedAt { get; init; }

    public required Guid BodyId { get; init; }

    public required byte[] Sealed { get; init; }

    public required byte[]? Properties { get; init; }

    public required string Location { get; init; }

    public required byte[] Summary { get; init; }
}

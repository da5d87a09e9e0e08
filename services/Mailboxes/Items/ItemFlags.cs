using Mailstead.Persistence.Databases;

namespace Mailstead.Mailboxes.Items;

/// <summary>The few columns that flag changes and removals look at.</summary>
/// <param name="Size">What the item takes of the quota: its content and its properties.</param>
internal sealed record ItemFlags(uint Uid, ulong Flags, long ModSeq, long Size, Guid ItemId)
{
    private static readonly Statement Range = new(
        """
        SELECT uid, flags, modseq, size + COALESCE(LENGTH(properties), 0), item_id
          FROM items
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
           AND uid BETWEEN @first AND @last
         ORDER BY uid
        """);

    /// <summary>Those of <paramref name="uids"/> (ascending) that are there.</summary>
    public static async ValueTask<List<ItemFlags>> ListAsync(Transaction transaction, Guid mailboxId, Guid folderId, uint[] uids)
    {
        var found = new List<ItemFlags>(uids.Length);
        foreach (var (first, last) in UidRanges.Of(uids))
        {
            var rows = await transaction.ListAsync(
                Range,
                reader => new ItemFlags(
                    (uint)reader.GetInt64(0), (ulong)reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetId(4)),
                mailboxId, folderId, (long)uids[first], (long)uids[last]);
            UidRanges.AddWanted(rows, row => row.Uid, uids.AsSpan(first, last - first + 1), found);
        }

        return found;
    }
}

using System.Data.Common;
using Mailstead.Mailboxes.Items;
using Mailstead.Persistence.Databases;

namespace Mailstead.Mailboxes.Properties;

/// <summary>An item with what its properties are made of.</summary>
internal sealed record PropertyRow
{
    private static readonly Statement Range = new(
        """
        SELECT i.uid, i.class, i.flags, i.modseq, i.size, i.received_at, i.saved_at, i.body_id, i.sealed, i.properties, b.summary
          FROM items i
          JOIN bodies b ON b.body_id = i.body_id
         WHERE i.mailbox_id = @mailbox_id
           AND i.folder_id = @folder_id
           AND i.uid BETWEEN @first AND @last
         ORDER BY i.uid
        """);

    public required uint Uid { get; init; }

    /// <summary>One of the known classes; a longer one is among the properties.</summary>
    public required string Class { get; init; }

    public required ulong Flags { get; init; }

    public required long ModSeq { get; init; }

    public required long Size { get; init; }

    public required long ReceivedAt { get; init; }

    public required long SavedAt { get; init; }

    public required Guid BodyId { get; init; }

    public required byte[] Sealed { get; init; }

    public required byte[]? Properties { get; init; }

    public required byte[] Summary { get; init; }

    /// <summary>Those of <paramref name="uids"/> (ascending) that are there.</summary>
    public static async ValueTask<List<PropertyRow>> ListAsync(Transaction transaction, Guid mailboxId, Guid folderId, uint[] uids)
    {
        var found = new List<PropertyRow>(uids.Length);
        foreach (var (first, last) in UidRanges.Of(uids))
        {
            var rows = await transaction.ListAsync(Range, Read, mailboxId, folderId, (long)uids[first], (long)uids[last]);
            UidRanges.AddWanted(rows, row => row.Uid, uids.AsSpan(first, last - first + 1), found);
        }

        return found;
    }

    private static PropertyRow Read(DbDataReader reader) => new()
    {
        Uid = (uint)reader.GetInt64(0),
        Class = reader.GetString(1),
        Flags = (ulong)reader.GetInt64(2),
        ModSeq = reader.GetInt64(3),
        Size = reader.GetInt64(4),
        ReceivedAt = reader.GetInt64(5),
        SavedAt = reader.GetInt64(6),
        BodyId = reader.GetId(7),
        Sealed = reader.GetOctets(8),
        Properties = reader.GetOptionalOctets(9),
        Summary = reader.GetOctets(10),
    };
}

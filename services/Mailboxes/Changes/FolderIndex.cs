using System.Data.Common;
using Mailstead.Persistence.Databases;

namespace Mailstead.Mailboxes.Changes;

/// <summary>One item's line in the index of its folder.</summary>
internal readonly record struct IndexEntry(
    uint Uid, ulong Flags, long ModSeq, long Size, long ReceivedAt, long SavedAt, Guid ItemId, Guid BodyId)
{
    public const string Columns = "uid, flags, modseq, size, received_at, saved_at, item_id, body_id";

    public static IndexEntry Read(DbDataReader reader) => new(
        (uint)reader.GetInt64(0), (ulong)reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4),
        reader.GetInt64(5), reader.GetId(6), reader.GetId(7));
}

/// <summary>
/// What lists need of every item of a folder, in columns, ascending by uid.
/// <list type="number">
/// <item>Below <c>Count</c>, the array of uids never changes: views wrap it without copying. Appends go behind, removals make a
/// new array.</item>
/// <item>The other columns change in place, under the lock, and are copied out under it.</item>
/// <item>Everything up to <see cref="ModSeq"/> is in it.</item>
/// </list>
/// </summary>
internal sealed class FolderIndex
{
    public const int OctetsPerItem = 76;

    private uint[] uids = [];
    private IndexEntry[] entries = [];

    public Lock Gate { get; } = new();

    public long ModSeq { get; private set; }

    public int Count { get; private set; }

    public long Octets => (long)uids.Length * OctetsPerItem;

    public uint[] Uids => uids;

    public ReadOnlySpan<IndexEntry> Entries => entries.AsSpan(0, Count);

    /// <summary>Where this uid is, or where it would be (negative, complemented).</summary>
    public int Find(uint uid) => uids.AsSpan(0, Count).BinarySearch(uid);

    /// <summary>Brings the index to <paramref name="modSeq"/>: removals first, then what is new or changed.</summary>
    public void Apply(IReadOnlyList<uint> removed, IReadOnlyList<IndexEntry> changed, long modSeq)
    {
        if (removed.Count > 0)
            Remove(removed);
        foreach (var entry in changed)
            Put(entry);
        ModSeq = modSeq;
    }

    private void Remove(IReadOnlyList<uint> removed)
    {
        var gone = new HashSet<uint>(removed);
        var keptUids = new uint[uids.Length];
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (gone.Contains(uids[i]))
                continue;
            keptUids[kept] = uids[i];
            entries[kept++] = entries[i];
        }

        uids = keptUids;
        Count = kept;
    }

    private void Put(IndexEntry entry)
    {
        var at = Count > 0 && uids[Count - 1] < entry.Uid ? ~Count : Find(entry.Uid);
        if (at >= 0)
        {
            entries[at] = entry;
            return;
        }

        if (Count == uids.Length)
            Grow();
        if (~at < Count)
            OpenGap(~at);
        uids[~at] = entry.Uid;
        entries[~at] = entry;
        Count++;
    }

    private void Grow()
    {
        var capacity = Math.Max(16, Count + (Count / 2));
        Array.Resize(ref uids, capacity);
        Array.Resize(ref entries, capacity);
    }

    /// <summary>Uids only grow, so this is for rows that became visible out of order: views keep the old array.</summary>
    private void OpenGap(int at)
    {
        var moved = new uint[uids.Length];
        Array.Copy(uids, moved, at);
        Array.Copy(uids, at, moved, at + 1, Count - at);
        uids = moved;
        Array.Copy(entries, at, entries, at + 1, Count - at);
    }
}

using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Sessions;

/// <summary>
/// What a session knows of the folder it has selected: which message has which sequence number. The numbers change only when the
/// client has been told.
/// </summary>
internal sealed class FolderView
{
    private readonly OpenFolderResponse opened;
    private uint[]? own;

    public FolderView(MailboxRef mailbox, OpenFolderResponse opened, bool isReadOnly)
    {
        Mailbox = mailbox;
        this.opened = opened;
        IsReadOnly = isReadOnly;
        Count = opened.Uids.Length / sizeof(uint);
        ModSeq = opened.Folder.HighestModseq;
        UidNext = opened.Folder.UidNext;
        Keywords = [.. opened.Keywords];
    }

    /// <summary>The user's own, or another's that is shared.</summary>
    public MailboxRef Mailbox { get; }

    public string FolderId => opened.Folder.FolderId;

    public uint UidValidity => opened.Folder.UidValidity;

    public bool IsReadOnly { get; }

    public int Count { get; private set; }

    /// <summary>Everything up to here has been told.</summary>
    public long ModSeq { get; set; }

    public uint UidNext { get; set; }

    public IReadOnlyList<string> Keywords { get; set; }

    /// <summary>Modseqs of flag changes that this session made and heard of in the answer: not told again.</summary>
    public Dictionary<uint, long> OwnChanges { get; } = [];

    /// <summary>What the last SEARCH with SAVE found (RFC 5182), as uids.</summary>
    public uint[] LastSearch { get; set; } = [];

    /// <summary>Shared with the store until something is removed.</summary>
    public ReadOnlySpan<uint> Uids => own is null ? Packed.Read<uint>(opened.Uids)[..Count] : own.AsSpan(0, Count);

    public uint UidAt(int index) => Uids[index];

    /// <summary>Negative: it is not in the view.</summary>
    public int IndexOf(uint uid) => Uids.BinarySearch(uid);

    /// <summary>The uids that a set of uids or sequence numbers names, ascending, each once; numbers that name nothing are passed over.</summary>
    public List<uint> Select(SequenceSet set, bool isUid)
    {
        if (set.IsLastSearch)
            return [.. LastSearch.Where(uid => IndexOf(uid) >= 0)];
        if (isUid)
            return set.Select(Uids);
        var uids = Uids;
        var indexes = set.ToIndexes(Count);
        var selected = new List<uint>(indexes.Count);
        foreach (var index in indexes)
            selected.Add(uids[index]);
        return selected;
    }

    public void Append(ReadOnlySpan<uint> uids)
    {
        if (uids.Length == 0)
            return;
        EnsureOwn(Count + uids.Length);
        uids.CopyTo(own.AsSpan(Count));
        Count += uids.Length;
    }

    /// <param name="indexes">Ascending.</param>
    public void Remove(IReadOnlyList<int> indexes)
    {
        if (indexes.Count == 0)
            return;
        EnsureOwn(Count);
        var kept = indexes[0];
        for (int i = kept, next = 0; i < Count; i++)
        {
            if (next < indexes.Count && indexes[next] == i)
                next++;
            else
                own![kept++] = own[i];
        }

        Count = kept;
    }

    private void EnsureOwn(int capacity)
    {
        if (own is null)
        {
            var copy = new uint[Math.Max(capacity, 8)];
            Uids.CopyTo(copy);
            own = copy;
        }
        else if (own.Length < capacity)
        {
            Array.Resize(ref own, Math.Max(capacity, own.Length + (own.Length / 2)));
        }
    }
}

using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>Reads search keys (RFC 9051 §6.4.4) into the tree that the store understands.</summary>
internal sealed class SearchKeyReader(FolderView view)
{
    private const long DayMilliseconds = 24L * 60 * 60 * 1000;
    private const int KeysMax = 900;

    private int keys;

    public bool HasModSeq { get; private set; }

    public bool TryReadAll(ref ImapReader reader, out SearchKey key) => TryReadList(ref reader, 0, out key);

    private bool TryReadList(ref ImapReader reader, int level, out SearchKey key)
    {
        var all = new SearchKeys();
        key = new SearchKey { And = all };
        do
        {
            if (!TryRead(ref reader, level, out var one))
                return false;
            all.Keys.Add(one);
        }
        while (reader.TrySpace());
        return true;
    }

    private bool TryRead(ref ImapReader reader, int level, out SearchKey key)
    {
        key = new SearchKey();
        if (level > ImapLimits.SearchLevelsMax || ++keys > KeysMax)
            return false;
        if (reader.TryRead('('))
            return TryReadList(ref reader, level + 1, out key) && reader.TryRead(')');
        if (reader.Peek is (byte)'*' or (byte)'$' or (>= (byte)'0' and <= (byte)'9'))
        {
            if (!reader.TrySequenceSet(out var set))
                return false;
            key.UidSet = Packed.Copy<uint>(view.Select(set, isUid: false).ToArray());
            return true;
        }

        return reader.TryAtom(out var word) && TryReadNamed(ref reader, word.ToUpperInvariant(), level, key);
    }

    private bool TryReadNamed(ref ImapReader reader, string word, int level, SearchKey key) => word switch
    {
        "ALL" or "OLD" => Set(() => key.All = true),
        // Nothing is ever recent here.
        "RECENT" or "NEW" => Set(() => key.Not = new SearchKey { All = true }),
        "SEEN" => Flag(key, 1, isSet: true),
        "UNSEEN" => Flag(key, 1, isSet: false),
        "ANSWERED" => Flag(key, 2, isSet: true),
        "UNANSWERED" => Flag(key, 2, isSet: false),
        "FLAGGED" => Flag(key, 4, isSet: true),
        "UNFLAGGED" => Flag(key, 4, isSet: false),
        "DELETED" => Flag(key, 8, isSet: true),
        "UNDELETED" => Flag(key, 8, isSet: false),
        "DRAFT" => Flag(key, 16, isSet: true),
        "UNDRAFT" => Flag(key, 16, isSet: false),
        "KEYWORD" => TryText(ref reader, out var keyword) && Set(() => key.Keyword = keyword),
        "UNKEYWORD" => TryText(ref reader, out var absent) && Set(() => key.Not = new SearchKey { Keyword = absent }),
        "LARGER" => TryNumber(ref reader, out var larger) && Set(() => key.Larger = larger),
        "SMALLER" => TryNumber(ref reader, out var smaller) && Set(() => key.Smaller = smaller),
        "BEFORE" => TryDay(ref reader, out var before) && Set(() => key.ReceivedBefore = before),
        "SINCE" => TryDay(ref reader, out var since) && Set(() => key.ReceivedSince = since),
        "ON" => TryDay(ref reader, out var on) && Set(() => key.And = Between(new() { ReceivedSince = on }, new() { ReceivedBefore = on + DayMilliseconds })),
        "SENTBEFORE" => TryDay(ref reader, out var sentBefore) && Set(() => key.SentBefore = sentBefore),
        "SENTSINCE" => TryDay(ref reader, out var sentSince) && Set(() => key.SentSince = sentSince),
        "SENTON" => TryDay(ref reader, out var sentOn) && Set(() => key.And = Between(new() { SentSince = sentOn }, new() { SentBefore = sentOn + DayMilliseconds })),
        "FROM" or "TO" or "CC" or "BCC" or "SUBJECT" => TryText(ref reader, out var value) && Set(() => key.Header = new HeaderKey { Name = word, Value = value }),
        "HEADER" => TryText(ref reader, out var name) && TryText(ref reader, out var content) && Set(() => key.Header = new HeaderKey { Name = name, Value = content }),
        "BODY" => TryText(ref reader, out var body) && Set(() => key.Body = body),
        "TEXT" => TryText(ref reader, out var text) && Set(() => key.Text = text),
        "UID" => reader.TrySpace() && reader.TrySequenceSet(out var set) && SetUids(key, set),
        "EMAILID" => TryText(ref reader, out var id) && Set(() => key.EmailId = id),
        // No message has a thread here (RFC 8474 §5.2), so none is found.
        "THREADID" => TryText(ref reader, out _) && Set(() => key.Not = new SearchKey { All = true }),
        "MODSEQ" => TryModSeq(ref reader, key),
        "NOT" => reader.TrySpace() && TryRead(ref reader, level + 1, out var not) && Set(() => key.Not = not),
        "OR" => reader.TrySpace() && TryRead(ref reader, level + 1, out var first) && reader.TrySpace() && TryRead(ref reader, level + 1, out var second)
                && Set(() => key.Or = Between(first, second)),
        _ => false,
    };

    private static bool Set(Action assign)
    {
        assign();
        return true;
    }

    private static bool Flag(SearchKey key, ulong bit, bool isSet)
    {
        if (isSet)
            key.FlagsSet = bit;
        else
            key.Not = new SearchKey { FlagsSet = bit };
        return true;
    }

    private static SearchKeys Between(SearchKey first, SearchKey second)
    {
        var both = new SearchKeys();
        both.Keys.Add(first);
        both.Keys.Add(second);
        return both;
    }

    private static bool TryText(ref ImapReader reader, out string value)
    {
        value = "";
        return reader.TrySpace() && reader.TryAString(out value);
    }

    private static bool TryNumber(ref ImapReader reader, out long number)
    {
        number = 0;
        return reader.TrySpace() && reader.TryNumber64(out number);
    }

    private static bool TryDay(ref ImapReader reader, out long day)
    {
        day = 0;
        if (!reader.TrySpace() || !reader.TryAString(out byte[] text) || !ImapDate.TryParseDay(text, out var parsed))
            return false;
        day = parsed.ToUnixTimeMilliseconds();
        return true;
    }

    /// <summary>RFC 7162 §3.1.5: an entry and its type may stand in front; there is one modseq for all.</summary>
    private bool TryModSeq(ref ImapReader reader, SearchKey key)
    {
        HasModSeq = true;
        if (!reader.TrySpace())
            return false;
        if (reader.Peek == '"' && !(reader.TryString(out _) && reader.TrySpace() && reader.TryAtom(out _) && reader.TrySpace()))
            return false;
        if (!reader.TryNumber64(out var modSeq))
            return false;
        key.Modseq = modSeq;
        return true;
    }

    private bool SetUids(SearchKey key, SequenceSet set)
    {
        key.UidSet = Packed.Copy<uint>(view.Select(set, isUid: true).ToArray());
        return true;
    }
}

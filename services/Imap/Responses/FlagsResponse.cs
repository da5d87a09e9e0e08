using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Responses;

/// <summary>Flags as IMAP writes them.</summary>
internal static class FlagsResponse
{
    public const int FirstKeywordBit = 8;
    public const int KeywordsMax = 56;

    private static readonly (ulong Bit, string Name)[] System =
    [
        (1, "\\Seen"), (2, "\\Answered"), (4, "\\Flagged"), (8, "\\Deleted"), (16, "\\Draft"),
    ];

    public static void Write(ImapWriter output, ulong flags, IReadOnlyList<string> keywords)
    {
        output.Raw("("u8);
        var isFirst = true;
        foreach (var (bit, name) in System)
        {
            if ((flags & bit) == 0)
                continue;
            output.Text(isFirst ? name : " " + name);
            isFirst = false;
        }

        for (var i = 0; i < keywords.Count; i++)
        {
            if ((flags & (1UL << (FirstKeywordBit + i))) == 0)
                continue;
            output.Text(isFirst ? keywords[i] : " " + keywords[i]);
            isFirst = false;
        }

        output.Raw(")"u8);
    }

    /// <summary>FLAGS and PERMANENTFLAGS of a folder (RFC 9051 §7.3.5, §7.1).</summary>
    public static void WriteFlags(ImapSession session, FolderView view)
    {
        var all = string.Join(' ', System.Select(flag => flag.Name).Concat(view.Keywords));
        session.Output.Text($"* FLAGS ({all})\r\n");
        var isOpen = view.Keywords.Count < KeywordsMax;
        session.Output.Text(view.IsReadOnly
            ? "* OK [PERMANENTFLAGS ()] Read-only\r\n"
            : $"* OK [PERMANENTFLAGS ({all}{(isOpen ? " \\*" : "")})] Flags that stay\r\n");
    }

    public static void WriteFetch(ImapSession session, FolderView view, int index, ulong flags, long modSeq, bool withUid)
    {
        var output = session.Output;
        output.Text("* ").Number(index + 1).Text(" FETCH (");
        if (withUid)
            output.Text("UID ").Number(view.UidAt(index)).Text(" ");
        output.Text("FLAGS ");
        Write(output, flags, view.Keywords);
        if (session.HasCondStore)
            output.Text(" MODSEQ (").Number(modSeq).Text(")");
        output.Text(")\r\n");
    }

    /// <summary>The bit of a system flag; false: it is a keyword, or nothing.</summary>
    public static bool TrySystemFlag(string name, out ulong bit)
    {
        bit = System.FirstOrDefault(flag => flag.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Bit;
        return bit != 0;
    }

    /// <summary>A parenthesised or bare list of flags (RFC 9051 §9: flag-list).</summary>
    public static bool TryRead(ref ImapReader reader, out ulong bits, out List<string> keywords)
    {
        bits = 0;
        keywords = [];
        var isList = reader.TryRead('(');
        while (!(isList && reader.Peek == ')') && !reader.AtEnd)
        {
            var isSystem = reader.TryRead('\\');
            if (!reader.TryAtom(out var name))
                return false;
            if (!isSystem)
                keywords.Add(name);
            else if (TrySystemFlag("\\" + name, out var bit))
                bits |= bit;
            else if (!name.Equals("Recent", StringComparison.OrdinalIgnoreCase))
                return false;
            if (!reader.TrySpace())
                break;
        }

        return !isList || reader.TryRead(')');
    }
}

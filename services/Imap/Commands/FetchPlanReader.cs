using System.Globalization;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>Reads the attributes of FETCH (RFC 9051 §9: fetch-att; RFC 3516 for BINARY).</summary>
internal static class FetchPlanReader
{
    private const int SectionsMax = 100;
    private const int FieldsMax = 200;
    private const int PartNumbersMax = 100;

    public static bool TryRead(ref ImapReader reader, FetchPlan plan)
    {
        if (!reader.TryRead('('))
            return TryMacro(ref reader, plan) || TryAttribute(ref reader, plan);
        do
        {
            if (!TryAttribute(ref reader, plan))
                return false;
        }
        while (reader.TrySpace());
        return reader.TryRead(')');
    }

    private static bool TryMacro(ref ImapReader reader, FetchPlan plan)
    {
        var isFull = reader.TryWord("FULL");
        var isAll = isFull || reader.TryWord("ALL");
        if (!isAll && !reader.TryWord("FAST"))
            return false;
        plan.Flags = plan.InternalDate = plan.Size = true;
        plan.Envelope = isAll;
        plan.Body = isFull;
        return true;
    }

    private static bool TryAttribute(ref ImapReader reader, FetchPlan plan)
    {
        if (!TryWord(ref reader, out var word))
            return false;
        switch (word)
        {
            case "FLAGS":
                return plan.Flags = true;
            case "UID":
                return plan.Uid = true;
            case "RFC822.SIZE":
                return plan.Size = true;
            case "INTERNALDATE":
                return plan.InternalDate = true;
            case "MODSEQ":
                return plan.ModSeq = true;
            case "EMAILID":
                return plan.EmailId = true;
            case "THREADID":
                return plan.ThreadId = true;
            case "ENVELOPE":
                return plan.Envelope = true;
            case "BODYSTRUCTURE":
                return plan.BodyStructure = true;
            case "RFC822":
                return Add(plan, new FetchSection { Name = word, Range = new ContentRange() }, peek: false);
            case "RFC822.HEADER":
                return Add(plan, new FetchSection { Name = word, Range = new ContentRange { Portion = Portion.HeaderBlock } }, peek: true);
            case "RFC822.TEXT":
                return Add(plan, new FetchSection { Name = word, Range = new ContentRange { Portion = Portion.Text } }, peek: false);
            case "BODY" when reader.Peek != '[':
                return plan.Body = true;
            case "BODY" or "BODY.PEEK":
                return TryBodySection(ref reader, plan, word == "BODY.PEEK");
            case "BINARY" or "BINARY.PEEK" or "BINARY.SIZE":
                return TryBinarySection(ref reader, plan, word);
            default:
                return false;
        }
    }

    /// <summary>The name up to what may follow it: a bracket, a blank, the end of the list.</summary>
    private static bool TryWord(ref ImapReader reader, out string word)
    {
        var rest = reader.Rest;
        var end = rest.IndexOfAny("[ )"u8);
        var length = end < 0 ? rest.Length : end;
        word = length is 0 or > 32 ? "" : System.Text.Encoding.ASCII.GetString(rest[..length]).ToUpperInvariant();
        for (var i = 0; i < word.Length; i++)
            reader.TryRead((char)reader.Peek);
        return word.Length > 0;
    }

    private static bool Add(FetchPlan plan, FetchSection section, bool peek)
    {
        plan.SetsSeen |= !peek;
        plan.Sections.Add(section);
        return plan.Sections.Count <= SectionsMax;
    }

    private static bool TryBodySection(ref ImapReader reader, FetchPlan plan, bool peek)
    {
        var start = reader.Position;
        var whole = reader.Rest;
        var range = new ContentRange();
        List<string>? fields = null;
        var isNot = false;
        if (!reader.TryRead('[') || !TryParts(ref reader, range.Part, out var hasDot))
            return false;
        if (reader.Peek == ']' && hasDot)
            return false;
        if (reader.Peek != ']')
        {
            if (range.Part.Count > 0 && !hasDot)
                return false;
            if (!TryPortion(ref reader, range, out fields, out isNot))
                return false;
        }

        if (!reader.TryRead(']'))
            return false;
        var name = "BODY" + NameOf(whole[..(reader.Position - start)]);
        if (!TryPartial(ref reader, out var partial))
            return false;
        if (partial is { } piece)
        {
            name += string.Create(CultureInfo.InvariantCulture, $"<{piece.Offset}>");
            if (fields is null)
                (range.Offset, range.Length) = (piece.Offset, piece.Length);
        }

        return Add(plan, new FetchSection { Name = name, Range = range, Fields = fields, IsNot = isNot, Partial = partial }, peek);
    }

    /// <summary>The section as the client wrote it, literals as plain words.</summary>
    private static string NameOf(ReadOnlySpan<byte> section)
    {
        var text = System.Text.Encoding.UTF8.GetString(section);
        return text.Contains('\r', StringComparison.Ordinal) ? text.ReplaceLineEndings("") : text;
    }

    private static bool TryParts(ref ImapReader reader, Google.Protobuf.Collections.RepeatedField<uint> parts, out bool endsWithDot)
    {
        endsWithDot = false;
        while (reader.TryNumber(out var number))
        {
            if (number == 0 || parts.Count >= PartNumbersMax)
                return false;
            parts.Add(number);
            endsWithDot = reader.TryRead('.');
            if (!endsWithDot)
                break;
        }

        return true;
    }

    private static bool TryPortion(ref ImapReader reader, ContentRange range, out List<string>? fields, out bool isNot)
    {
        (fields, isNot) = (null, false);
        if (!reader.TryAtom(out var word))
            return false;
        switch (word.ToUpperInvariant())
        {
            case "HEADER":
                range.Portion = Portion.HeaderBlock;
                return true;
            case "TEXT":
                range.Portion = Portion.Text;
                return true;
            case "MIME" when range.Part.Count > 0:
                range.Portion = Portion.MimeHeader;
                return true;
            case "HEADER.FIELDS" or "HEADER.FIELDS.NOT":
                range.Portion = Portion.HeaderBlock;
                isNot = word.EndsWith("NOT", StringComparison.OrdinalIgnoreCase);
                fields = [];
                return reader.TrySpace() && TryFields(ref reader, fields);
            default:
                return false;
        }
    }

    private static bool TryFields(ref ImapReader reader, List<string> fields)
    {
        if (!reader.TryRead('('))
            return false;
        do
        {
            if (fields.Count >= FieldsMax || !reader.TryAString(out string field))
                return false;
            fields.Add(field);
        }
        while (reader.TrySpace());
        return reader.TryRead(')');
    }

    private static bool TryBinarySection(ref ImapReader reader, FetchPlan plan, string word)
    {
        var range = new ContentRange();
        if (!reader.TryRead('[') || !TryParts(ref reader, range.Part, out var hasDot) || hasDot || !reader.TryRead(']'))
            return false;
        var isSize = word == "BINARY.SIZE";
        var name = $"{(isSize ? word : "BINARY")}[{string.Join('.', range.Part)}]";
        (long Offset, long Length)? partial = null;
        if (!isSize && !TryPartial(ref reader, out partial))
            return false;
        if (partial is { } piece)
            name += string.Create(CultureInfo.InvariantCulture, $"<{piece.Offset}>");
        return Add(
            plan, new FetchSection { Name = name, Range = range, IsBinary = true, IsSize = isSize, Partial = partial },
            peek: word != "BINARY");
    }

    private static bool TryPartial(ref ImapReader reader, out (long Offset, long Length)? partial)
    {
        partial = null;
        if (!reader.TryRead('<'))
            return true;
        if (!reader.TryNumber(out var offset) || !reader.TryRead('.') || !reader.TryNumber(out var length) || length == 0 || !reader.TryRead('>'))
            return false;
        partial = (offset, length);
        return true;
    }
}

using System.Text;

namespace Mailstead.Protocols.Mime;

/// <summary>
/// Walks the fields of a header block (RFC 5322 §2.2) in place. Folded lines belong to their field; lines without a colon are
/// passed over. Bare LF counts as a line end, since old messages have it.
/// </summary>
public ref struct HeaderFields(ReadOnlySpan<byte> block)
{
    private ReadOnlySpan<byte> rest = block;

    /// <summary>Name of the current field, as sent.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>What follows its colon, folds kept, the last line end cut off.</summary>
    public ReadOnlySpan<byte> RawValue { get; private set; }

    /// <summary>The whole field, its line ends kept.</summary>
    public ReadOnlySpan<byte> Whole { get; private set; }

    /// <summary>Goes to the next field. False: the end of the header.</summary>
    public bool MoveNext()
    {
        while (rest.Length > 0 && !IsEmptyLine(rest))
        {
            var length = FieldLength(rest);
            Whole = rest[..length];
            rest = rest[length..];
            var colon = Whole.IndexOf((byte)':');
            if (colon <= 0)
                continue;
            Name = Whole[..colon].TrimEnd(" \t"u8);
            RawValue = Whole[(colon + 1)..].TrimEnd("\r\n"u8);
            if (Name.IndexOfAny("\r\n"u8) < 0)
                return true;
        }

        return false;
    }

    /// <summary>The first field of this name in <paramref name="header"/>.</summary>
    public static bool TryFind(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> rawValue)
    {
        var fields = new HeaderFields(header);
        while (fields.MoveNext())
        {
            if (Ascii.EqualsIgnoreCase(fields.Name, name))
            {
                rawValue = fields.RawValue;
                return true;
            }
        }

        rawValue = default;
        return false;
    }

    public static int Count(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name)
    {
        var count = 0;
        var fields = new HeaderFields(header);
        while (fields.MoveNext())
        {
            if (Ascii.EqualsIgnoreCase(fields.Name, name))
                count++;
        }

        return count;
    }

    private static bool IsEmptyLine(ReadOnlySpan<byte> line) => line[0] == '\n' || line.StartsWith("\r\n"u8);

    private static int FieldLength(ReadOnlySpan<byte> text)
    {
        var length = 0;
        while (true)
        {
            var end = text[length..].IndexOf((byte)'\n');
            if (end < 0)
                return text.Length;
            length += end + 1;
            if (length >= text.Length || text[length] is not ((byte)' ' or (byte)'\t'))
                return length;
        }
    }
}

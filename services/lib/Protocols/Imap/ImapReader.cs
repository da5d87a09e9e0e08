using System.Buffers.Text;
using System.Text;

namespace Mailstead.Protocols.Imap;

/// <summary>
/// Reads the arguments of one command (RFC 9051 §9), literals included as they were sent. Pure: false means a syntax error at
/// <see cref="Position"/>.
/// </summary>
public ref struct ImapReader(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> text = text;

    public int Position { get; private set; }

    public readonly bool AtEnd => Position >= text.Length;

    public readonly byte Peek => Position < text.Length ? text[Position] : (byte)0;

    public readonly ReadOnlySpan<byte> Rest => text[Math.Min(Position, text.Length)..];

    public bool TryRead(char expected)
    {
        if (Peek != expected || AtEnd)
            return false;
        Position++;
        return true;
    }

    public bool TrySpace() => TryRead(' ');

    /// <summary>The word, in any case, if it comes next and ends there.</summary>
    public bool TryWord(string word)
    {
        if (Rest.Length < word.Length || !Ascii.EqualsIgnoreCase(Rest[..word.Length], word))
            return false;
        if (Rest.Length > word.Length && IsAtom(Rest[word.Length]))
            return false;
        Position += word.Length;
        return true;
    }

    public bool TryAtom(out string atom)
    {
        var start = Position;
        while (!AtEnd && IsAtom(text[Position]))
            Position++;
        atom = Encoding.ASCII.GetString(text[start..Position]);
        return Position > start;
    }

    /// <summary>1 to 64 characters of an astring, but no <c>+</c>.</summary>
    public bool TryTag(out string tag)
    {
        var start = Position;
        while (!AtEnd && (IsAtom(text[Position]) || text[Position] == ']') && text[Position] != '+')
            Position++;
        tag = Encoding.ASCII.GetString(text[start..Position]);
        return tag.Length is > 0 and <= 64;
    }

    /// <summary>Octets of an atom (<c>]</c> allowed), a quoted string or a literal.</summary>
    public bool TryAString(out byte[] value)
    {
        if (Peek is (byte)'"' or (byte)'{')
            return TryString(out value);
        var start = Position;
        while (!AtEnd && (IsAtom(text[Position]) || text[Position] == ']'))
            Position++;
        value = text[start..Position].ToArray();
        return value.Length > 0;
    }

    /// <summary>As <see cref="TryAString(out byte[])"/>, as UTF-8 text.</summary>
    public bool TryAString(out string value)
    {
        value = "";
        if (!TryAString(out byte[] octets) || !System.Text.Unicode.Utf8.IsValid(octets))
            return false;
        value = Encoding.UTF8.GetString(octets);
        return true;
    }

    /// <summary>A mailbox name of LIST, which may have wildcards.</summary>
    public bool TryListMailbox(out string value)
    {
        value = "";
        if (Peek is (byte)'"' or (byte)'{')
            return TryAString(out value);
        var start = Position;
        while (!AtEnd && (IsAtom(text[Position]) || text[Position] is (byte)'%' or (byte)'*' or (byte)']'))
            Position++;
        value = Encoding.UTF8.GetString(text[start..Position]);
        return Position > start;
    }

    /// <summary>Quoted or a literal. Neither may have NUL in it (RFC 9051 §9: CHAR8); literal8 is for messages alone.</summary>
    public bool TryString(out byte[] value)
    {
        value = [];
        if (Peek == '"')
            return TryQuoted(out value);
        if (!TryRead('{') || !TryNumber(out var length))
            return false;
        TryRead('+');
        if (!TryRead('}') || !TryRead('\r') || !TryRead('\n') || length > (uint)Rest.Length)
            return false;
        value = Rest[..(int)length].ToArray();
        Position += (int)length;
        return !value.Contains((byte)0);
    }

    public bool TryNumber(out uint number)
    {
        if (!Utf8Parser.TryParse(Rest, out number, out var consumed) || !IsDigit(Peek))
            return false;
        Position += consumed;
        return true;
    }

    public bool TryNumber64(out long number)
    {
        if (!Utf8Parser.TryParse(Rest, out number, out var consumed) || !IsDigit(Peek))
            return false;
        Position += consumed;
        return true;
    }

    public bool TrySequenceSet(out SequenceSet set)
    {
        var ranges = new List<(uint, uint)>();
        set = new SequenceSet(ranges);
        if (TryRead('$'))
        {
            set = SequenceSet.LastSearch;
            return true;
        }

        do
        {
            if (ranges.Count >= ImapLimits.RangesMax || !TrySequenceNumber(out var first))
                return false;
            var last = first;
            if (TryRead(':') && !TrySequenceNumber(out last))
                return false;
            ranges.Add((first, last));
        }
        while (TryRead(','));
        return true;
    }

    private bool TrySequenceNumber(out uint number)
    {
        number = SequenceSet.Star;
        if (TryRead('*'))
            return true;
        if (!TryNumber(out number) || number == 0)
            return false;
        // The largest number there is names no message, and neither does the one below it.
        number = Math.Min(number, SequenceSet.Star - 1);
        return true;
    }

    private bool TryQuoted(out byte[] value)
    {
        value = [];
        var octets = new List<byte>();
        Position++;
        while (!AtEnd)
        {
            var octet = text[Position++];
            if (octet == '"')
            {
                value = [.. octets];
                return true;
            }

            if (octet == '\\')
            {
                if (Peek is not ((byte)'"' or (byte)'\\'))
                    return false;
                octet = text[Position++];
            }
            else if (octet is (byte)'\r' or (byte)'\n' or 0)
            {
                return false;
            }

            octets.Add(octet);
        }

        return false;
    }

    private static bool IsDigit(byte octet) => octet is >= (byte)'0' and <= (byte)'9';

    /// <summary>ATOM-CHAR: printable ASCII without what the grammar is made of.</summary>
    private static bool IsAtom(byte octet) =>
        octet is > 32 and < 127 and not ((byte)'(' or (byte)')' or (byte)'{' or (byte)'%' or (byte)'*' or (byte)'"' or (byte)'\\' or (byte)']');
}

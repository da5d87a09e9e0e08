using System.Text;

namespace Mailstead.Protocols.Mime;

/// <summary>
/// Reads address lists (RFC 5322 §3.4), the obsolete forms and what real mail does to them included. What can't be read is
/// passed over up to the next comma.
/// </summary>
public static class AddressList
{
    private const int EntriesMax = 10_000;

    public static List<MailAddressEntry> Parse(ReadOnlySpan<byte> rawValue)
    {
        var entries = new List<MailAddressEntry>();
        var reader = new AddressReader(HeaderText.Unfold(rawValue));
        var isInGroup = false;
        while (entries.Count < EntriesMax && reader.TryReadWords(out var words, out var comment, out var end))
        {
            switch (end)
            {
                case ':' when !isInGroup:
                    entries.Add(new MailAddressEntry(null, words, null));
                    isInGroup = true;
                    break;
                case '<':
                    Add(entries, words.Length > 0 ? words : null, reader.ReadAngleAddress());
                    break;
                case ';':
                    Add(entries, comment, words);
                    if (isInGroup)
                        entries.Add(new MailAddressEntry(null, null, null));
                    isInGroup = false;
                    break;
                default:
                    Add(entries, comment, words);
                    break;
            }
        }

        if (isInGroup)
            entries.Add(new MailAddressEntry(null, null, null));
        return entries;
    }

    private static void Add(List<MailAddressEntry> entries, string? displayName, string address)
    {
        if (address.Length == 0)
            return;
        var at = address.LastIndexOf('@');
        entries.Add(at < 0
            ? new MailAddressEntry(displayName, address, "")
            : new MailAddressEntry(displayName, address[..at], address[(at + 1)..]));
    }

    private ref struct AddressReader(ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> text = text;
        private int position;

        /// <summary>Words up to one of <c>, : &lt; ;</c> or the end, which is consumed; comments and quotes are taken off.</summary>
        public bool TryReadWords(out string words, out string? comment, out char end)
        {
            var octets = new List<byte>();
            (comment, end) = (null, ',');
            var hasContent = false;
            while (position < text.Length)
            {
                var octet = text[position];
                if (octet is (byte)',' or (byte)':' or (byte)'<' or (byte)';')
                {
                    end = (char)octet;
                    position++;
                    hasContent = true;
                    break;
                }

                hasContent = true;
                ReadPiece(octet, octets, ref comment);
            }

            words = Text(octets).Trim();
            return hasContent;
        }

        /// <summary>What stands before the closing bracket, source routes (RFC 5322 §4.4) left out.</summary>
        public string ReadAngleAddress()
        {
            var octets = new List<byte>();
            string? comment = null;
            while (position < text.Length && text[position] != '>')
                ReadPiece(text[position], octets, ref comment);
            position++;
            var next = text[Math.Min(position, text.Length)..].IndexOfAny(",;"u8);
            // A semicolon ends a group and is left for the caller.
            if (next >= 0)
                position += text[position + next] == ',' ? next + 1 : next;
            else
                position = text.Length;
            var address = Text(octets).Replace(" ", "", StringComparison.Ordinal);
            var route = address.StartsWith('@') ? address.IndexOf(':', StringComparison.Ordinal) : -1;
            return route >= 0 ? address[(route + 1)..] : address;
        }

        private static string Text(List<byte> octets) => Charsets.DecodeUndeclared(octets.ToArray());

        private void ReadPiece(byte octet, List<byte> octets, ref string? comment)
        {
            switch (octet)
            {
                case (byte)'"':
                    ReadQuoted(octets);
                    break;
                case (byte)'(':
                    comment = ReadComment();
                    break;
                case (byte)'\t' or (byte)' ' when octets.Count == 0 || octets[^1] == ' ':
                    position++;
                    break;
                default:
                    octets.Add(octet == '\t' ? (byte)' ' : octet);
                    position++;
                    break;
            }
        }

        private void ReadQuoted(List<byte> octets)
        {
            position++;
            while (position < text.Length && text[position] != '"')
            {
                if (text[position] == '\\' && position + 1 < text.Length)
                    position++;
                octets.Add(text[position++]);
            }

            position++;
        }

        private string ReadComment()
        {
            var octets = new List<byte>();
            var depth = 0;
            while (position < text.Length)
            {
                var octet = text[position++];
                if (octet == '\\' && position < text.Length)
                {
                    octets.Add(text[position++]);
                    continue;
                }

                if (octet == '(' && depth++ == 0)
                    continue;
                if (octet == ')' && --depth == 0)
                    break;
                octets.Add(octet);
            }

            return Text(octets).Trim();
        }
    }
}

using System.Text;
using System.Text.Unicode;

namespace Mailstead.Protocols.Mime;

/// <summary>Whether what a program has made is a message that can be sent (RFC 5322, RFC 2045, RFC 2046).</summary>
public static class MessageConformance
{
    /// <summary>RFC 5322 §2.1.1, without the line end.</summary>
    private const int LineOctetsMax = 998;

    private const int AttachmentsMax = 500;

    /// <summary>RFC 5322 §3.6: fields of which a message has one at most.</summary>
    private static readonly string[] SingleFields =
        ["Date", "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Message-ID", "In-Reply-To", "References", "Subject", "MIME-Version", "Content-Type",
            "Content-Transfer-Encoding"];

    /// <summary>The message with CRLF at the end of every line; null: it is none, and <paramref name="breach"/> says why.</summary>
    public static byte[]? Normalize(ReadOnlySpan<byte> content, out string breach)
    {
        breach = FindOctetBreach(content);
        if (breach.Length > 0)
            return null;
        var normalized = WithCrLf(content);
        breach = FindBreach(normalized);
        return breach.Length == 0 ? normalized : null;
    }

    private static string FindOctetBreach(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
            return "The message is empty";
        if (content.Contains((byte)0))
            return "The message has a NUL octet";
        for (var at = 0; content[at..].IndexOf((byte)'\r') is >= 0 and var next; at += next + 1)
        {
            if (at + next + 1 >= content.Length || content[at + next + 1] != '\n')
                return "The message has a CR that is not part of a line end";
        }

        return "";
    }

    private static byte[] WithCrLf(ReadOnlySpan<byte> content)
    {
        var buffer = new MemoryStream(content.Length + (content.Length / 40) + 2);
        while (!content.IsEmpty)
        {
            var end = content.IndexOf((byte)'\n');
            buffer.Write((end < 0 ? content : content[..end]).TrimEnd((byte)'\r'));
            buffer.Write("\r\n"u8);
            content = end < 0 ? default : content[(end + 1)..];
        }

        return buffer.ToArray();
    }

    private static string FindBreach(byte[] content)
    {
        var number = 0;
        var isHeader = true;
        for (var rest = content.AsSpan(); !rest.IsEmpty;)
        {
            var line = rest[..rest.IndexOf((byte)'\n')].TrimEnd((byte)'\r');
            rest = rest[(line.Length + 2)..];
            number++;
            if (line.Length > LineOctetsMax)
                return $"Line {number} has {line.Length} octets; a line has at most {LineOctetsMax}";
            isHeader &= !line.IsEmpty;
            if (isHeader && !IsFieldLine(line, isFirst: number == 1))
                return $"Line {number} is part of the header and neither a field nor the continuation of one";
        }

        var scanner = new MimeScanner();
        scanner.Append(content);
        var summary = scanner.Complete();
        return FindFieldBreach(summary.Header.Span) is { Length: > 0 } breach ? breach : FindStructureBreach(summary.Root);
    }

    private static bool IsFieldLine(ReadOnlySpan<byte> line, bool isFirst)
    {
        if (!Utf8.IsValid(line))
            return false;
        if (line[0] is (byte)' ' or (byte)'\t')
            return !isFirst;
        var colon = line.IndexOf((byte)':');
        return colon > 0 && line[..colon].IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;
    }

    private static string FindFieldBreach(ReadOnlySpan<byte> header)
    {
        foreach (var name in SingleFields)
        {
            if (HeaderFields.Count(header, Encoding.ASCII.GetBytes(name)) > 1)
                return $"The message has more than one {name} field";
        }

        if (!HeaderFields.TryFind(header, "From"u8, out var from) || !AddressList.Parse(from).Exists(entry => entry is { Mailbox.Length: > 0, Host.Length: > 0 }))
            return "The message has no From field with an address";
        return HeaderFields.TryFind(header, "Date"u8, out _) ? "" : "The message has no Date field";
    }

    private static string FindStructureBreach(Contracts.Mailboxes.V1.MimePart root)
    {
        var attachments = 0;
        var parts = new Stack<Contracts.Mailboxes.V1.MimePart>([root]);
        while (parts.TryPop(out var part))
        {
            if (part.Type == "multipart" && part.Children.Count == 0)
                return "A multipart of the message has no parts: its boundary is missing, or does not occur";
            attachments += part.Disposition == "attachment" ? 1 : 0;
            foreach (var child in part.Children)
                parts.Push(child);
        }

        return attachments > AttachmentsMax ? $"The message has {attachments} attachments; at most {AttachmentsMax} are allowed" : "";
    }
}

using System.Buffers;
using System.Buffers.Text;

namespace Mailstead.Protocols.Mime;

/// <summary>
/// Undoes a content transfer encoding (RFC 2045 §6) while the content streams by. Broken input is decoded as far as it
/// makes sense, never refused.
/// </summary>
public sealed class ContentDecoder
{
    private readonly Kind kind;
    private readonly byte[] group = new byte[4];
    private int groupLength;
    private bool isPadded;
    private byte[] pending = [];

    private ContentDecoder(Kind kind) => this.kind = kind;

    private enum Kind
    {
        Identity,
        Base64,
        QuotedPrintable,
    }

    /// <summary>Null: an encoding that nobody knows.</summary>
    public static ContentDecoder? For(string encoding) => encoding switch
    {
        "" or "7bit" or "8bit" or "binary" => new ContentDecoder(Kind.Identity),
        "base64" => new ContentDecoder(Kind.Base64),
        "quoted-printable" => new ContentDecoder(Kind.QuotedPrintable),
        _ => null,
    };

    public void Decode(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        switch (kind)
        {
            case Kind.Base64:
                DecodeBase64(data, output);
                break;
            case Kind.QuotedPrintable:
                DecodeQuotedPrintable(data, output);
                break;
            default:
                output.Write(data);
                break;
        }
    }

    /// <summary>Tells that nothing more comes.</summary>
    public void Complete(IBufferWriter<byte> output)
    {
        if (kind == Kind.QuotedPrintable && pending.Length > 0)
            DecodeLine(pending, output);
        if (kind == Kind.Base64 && groupLength >= 2)
            FlushGroup(output);
        pending = [];
    }

    private void DecodeBase64(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        foreach (var octet in data)
        {
            if (octet == '=')
            {
                if (groupLength >= 2)
                    FlushGroup(output);
                isPadded = true;
                groupLength = 0;
                continue;
            }

            if (!IsBase64(octet))
                continue;
            // Content after padding is another base64 text glued on, as some mailers do.
            isPadded = false;
            group[groupLength++] = octet;
            if (groupLength == 4)
                FlushGroup(output);
        }
    }

    private void FlushGroup(IBufferWriter<byte> output)
    {
        if (isPadded && groupLength < 2)
            return;
        group.AsSpan(groupLength).Fill((byte)'=');
        var destination = output.GetSpan(3);
        Base64.DecodeFromUtf8(group, destination, out _, out var written);
        output.Advance(written);
        groupLength = 0;
    }

    private static bool IsBase64(byte octet) =>
        octet is (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9')
            or (byte)'+' or (byte)'/';

    private void DecodeQuotedPrintable(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        var text = pending.Length == 0 ? data : (ReadOnlySpan<byte>)[.. pending, .. data];
        while (text.IndexOf((byte)'\n') is >= 0 and var end)
        {
            DecodeLine(text[..(end + 1)], output);
            text = text[(end + 1)..];
        }

        // RFC 2045 §6.7: lines have at most 76 characters; a longer one is decoded in pieces that end before a '='.
        if (text.Length > 8192)
        {
            var cut = text[..^3].LastIndexOf((byte)'=') is >= 0 and var equals && equals > text.Length - 6 ? equals : text.Length - 3;
            WriteDecoded(text[..cut], output);
            text = text[cut..];
        }

        pending = text.ToArray();
    }

    private static void DecodeLine(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        var content = line.TrimEnd("\r\n"u8);
        var lineEnd = line[content.Length..];
        content = content.TrimEnd(" \t"u8);
        if (content is [.., (byte)'='])
        {
            WriteDecoded(content[..^1], output);
            return;
        }

        WriteDecoded(content, output);
        output.Write(lineEnd);
    }

    private static void WriteDecoded(ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        while (content.IndexOf((byte)'=') is >= 0 and var equals)
        {
            output.Write(content[..equals]);
            content = content[equals..];
            if (content.Length >= 3 && Hex.TryParse(content[1], content[2], out var octet))
            {
                output.Write([octet]);
                content = content[3..];
                continue;
            }

            output.Write("="u8);
            content = content[1..];
        }

        output.Write(content);
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;

namespace Mailstead.Protocols.Imap;

/// <summary>Formats responses straight into the connection's pipe; nothing is kept.</summary>
public sealed class ImapWriter(PipeWriter pipe)
{
    private const int FlushAt = 64 * 1024;

    /// <summary>What a client sees of a NUL where none may be: an octet that is no text in UTF-8 or ASCII either.</summary>
    private const byte InsteadOfNul = 0x80;

    public bool WantsFlush => Unflushed >= FlushAt;

    public long Unflushed => pipe.UnflushedBytes;

    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken) => pipe.FlushAsync(cancellationToken);

    public ImapWriter Raw(ReadOnlySpan<byte> octets)
    {
        pipe.Write(octets);
        return this;
    }

    /// <summary>Protocol text: ASCII, or UTF-8 where the standard allows it.</summary>
    public ImapWriter Text(string text)
    {
        var span = pipe.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        pipe.Advance(Encoding.UTF8.GetBytes(text, span));
        return this;
    }

    public ImapWriter Number(long number)
    {
        var span = pipe.GetSpan(20);
        Utf8Formatter.TryFormat(number, span, out var count);
        pipe.Advance(count);
        return this;
    }

    public ImapWriter Line() => Raw("\r\n"u8);

    /// <summary>A quoted string where the octets allow it, else a literal; NIL for null.</summary>
    public ImapWriter NString(string? value) => value is null ? Raw("NIL"u8) : String(value);

    public ImapWriter String(string value) => String(Encoding.UTF8.GetBytes(value));

    public ImapWriter String(ReadOnlySpan<byte> value)
    {
        if (value.Length > 1000 || value.IndexOfAnyExceptInRange((byte)' ', (byte)'~') >= 0)
            return Literal(value);
        if (value.IndexOfAny((byte)'"', (byte)'\\') < 0)
            return Raw("\""u8).Raw(value).Raw("\""u8);
        Raw("\""u8);
        foreach (var octet in value)
        {
            if (octet is (byte)'"' or (byte)'\\')
                Raw("\\"u8);
            Raw([octet]);
        }

        return Raw("\""u8);
    }

    /// <summary>A quoted string with UTF-8 in it, as IMAP4rev2 has for mailbox names.</summary>
    public ImapWriter Utf8Quoted(string value) =>
        Text("\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"");

    public ImapWriter Literal(ReadOnlySpan<byte> value) => LiteralHeader(value.Length).LiteralOctets(value);

    /// <summary>
    /// Octets of a literal whose header was written. A literal may have no NUL in it (RFC 9051 §9: CHAR8), so that each is shown as
    /// another octet: lengths and positions stay as they were told. What really stands there is to be had as BINARY (RFC 3516).
    /// </summary>
    public ImapWriter LiteralOctets(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var space = pipe.GetSpan();
            var count = Math.Min(space.Length, octets.Length);
            octets[..count].Replace(space, (byte)0, InsteadOfNul);
            pipe.Advance(count);
            octets = octets[count..];
        }

        return this;
    }

    public ImapWriter LiteralHeader(long length) => Raw("{"u8).Number(length).Raw("}\r\n"u8);

    /// <summary>Ascending numbers as a sequence-set.</summary>
    public ImapWriter Set(IReadOnlyList<uint> numbers)
    {
        for (var i = 0; i < numbers.Count;)
        {
            var last = i;
            while (last + 1 < numbers.Count && numbers[last + 1] == numbers[last] + 1)
                last++;
            if (i > 0)
                Raw(","u8);
            Number(numbers[i]);
            if (last > i)
                Raw(":"u8).Number(numbers[last]);
            i = last + 1;
        }

        return this;
    }
}

using System.Buffers;
using System.Text;
using FsCheck.Fluent;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Commands;

namespace Mailstead.Unit.Protocols.Smtp;

/// <summary>SMTP's grammar against what nobody would send.</summary>
public sealed class GeneratedSmtpTests
{
    private static readonly string[] PathPieces =
        ["<", ">", "@", "a", "bc", ".", ",", ":", "\"", "\\", " ", "[", "]", "IPv6:", "::1", "127.0.0.1", "-", "ä", "例", "\u0085", "x.test"];

    [Fact]
    public void A_path_is_read_or_refused_and_what_is_read_reads_again() => Generated.Check(Generated.Text(PathPieces), text =>
    {
        if (!MailPath.TryRead(text, out var address, out var rest))
            return;
        Assert.EndsWith(rest.ToString(), text, StringComparison.Ordinal);
        Assert.DoesNotContain(address, char.IsControl);
        if (address.Length == 0)
            return;
        Assert.True(MailPath.TryRead($"<{address}>", out var again, out var nothing) && nothing.Length == 0);
        Assert.Equal(address, again);
    }, 5000);

    [Theory]
    [InlineData("\"a b\"@x.test", true)]
    [InlineData("\"a\\\"b\"@x.test", true)]
    [InlineData("\"a\\\\\"@x.test", true)]
    [InlineData("\"a\\\\\"b\"@x.test", false)]
    [InlineData("\"a\\\"@x.test", false)]
    [InlineData("\"\"\"@x.test", false)]
    [InlineData("a@x\u0085.test", false)]
    [InlineData("a@[127.0.0.1]", true)]
    [InlineData("a@[IPv6:::1]", true)]
    [InlineData("a@[elsewhere]", false)]
    public void Quoted_local_parts_and_literals_are_what_RFC_5321_says(string address, bool isAddress) =>
        Assert.Equal(isAddress, MailPath.IsAddress(address));

    [Fact]
    public void Parameters_are_read_or_refused() => Generated.Check(Generated.Text("SIZE", "=", " ", "RET", "FULL", "ENVID", "+2B", "\t"), text =>
    {
        if (Parameters.Parse(text) is not { } parameters)
            return;
        Assert.DoesNotContain(parameters, parameter => parameter.Key.Length == 0 || parameter.Key.Contains('=', StringComparison.Ordinal));
        Assert.DoesNotContain(parameters.Values, value => value.Contains(' ', StringComparison.Ordinal));
    });

    [Fact]
    public void Xtext_decodes_to_what_was_encoded() => Generated.Check(Generated.Octets("a", "+", "=", " ", "ä", "\u007f").Select(Encoding.UTF8.GetString), text =>
    {
        if (text.AsSpan().IndexOfAny('\0', '\r', '\n') >= 0)
            return;
        Assert.True(Xtext.TryDecode(Xtext.Encode(text), out var decoded));
        Assert.Equal(text, decoded);
    });

    [Fact]
    public void Xtext_never_brings_in_line_ends() => Generated.Check(Generated.Text("+", "0D", "0A", "00", "2", "B", "=", " ", "x"), text =>
    {
        if (Xtext.TryDecode(text, out var decoded))
            Assert.True(decoded.AsSpan().IndexOfAny('\0', '\r', '\n') < 0);
    });

    [Fact]
    public void A_command_line_is_text_or_refused() => Generated.Check(Generated.Octets("NOOP", "\r", "\n", "\0", " ", "ä"), octets =>
    {
        var line = SmtpLine.Read(new ReadOnlySequence<byte>([.. octets, (byte)'\n']));
        if (line.Refusal is null)
            Assert.True(line.Text.AsSpan().IndexOfAny('\0', '\r') < 0 && octets[^1] == '\r');
    });

    [Fact]
    public void Content_is_the_same_however_it_is_cut() =>
        Generated.Check(Generated.Cut(Generated.Octets("\r\n", ".", "\r", "\n", "ab", "\r\n.\r\n", "\r\n..")), input =>
        {
            var scanner = new ContentScanner(isDotted: true);
            var content = new List<byte>();
            var consumed = 0;
            Generated.Feed(input, piece => consumed += Scan(scanner, piece.Span, content));
            scanner.Finish();

            var expected = Reference.Read(Encoding.Latin1.GetString(input.Octets));
            Assert.Equal(expected.IsAtEnd, scanner.IsAtEnd);
            Assert.Equal(expected.HasBareLineEnd, scanner.HasBareLineEnd);
            if (!expected.IsAtEnd)
                return;
            Assert.Equal(expected.Length, consumed);
            if (!expected.HasBareLineEnd)
                Assert.Equal(expected.Content, Encoding.Latin1.GetString(content.ToArray()));
        }, 5000);

    private static int Scan(ContentScanner scanner, ReadOnlySpan<byte> piece, List<byte> content)
    {
        var total = 0;
        while (piece.Length > 0 && !scanner.IsAtEnd)
        {
            scanner.Scan(piece, out var consumed, out var range);
            content.AddRange(piece.Slice(range.Offset, range.Length));
            piece = piece[consumed..];
            total += consumed;
        }

        return total;
    }

    /// <summary>RFC 5321 §4.5.2 in the plainest words: whole, by lines.</summary>
    private sealed record Reference(bool IsAtEnd, bool HasBareLineEnd, string Content, int Length)
    {
        public static Reference Read(string text)
        {
            var content = new StringBuilder();
            var hasBare = false;
            var lines = text.Split("\r\n");
            var length = 0;
            for (var i = 0; i < lines.Length; i++)
            {
                var isWhole = i < lines.Length - 1;
                length += lines[i].Length + 2;
                if (isWhole && lines[i] == ".")
                    return new Reference(true, hasBare, content.ToString(), length);
                hasBare |= lines[i].AsSpan().IndexOfAny('\r', '\n') >= 0;
                content.Append(lines[i].StartsWith('.') ? lines[i][1..] : lines[i]).Append("\r\n");
            }

            return new Reference(false, hasBare, content.ToString(), length);
        }
    }
}

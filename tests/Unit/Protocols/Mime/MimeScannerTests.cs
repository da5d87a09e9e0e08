using System.Text;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Protocols.Mime;

namespace Mailstead.Unit.Protocols.Mime;

public sealed class MimeScannerTests
{
    private const string Mixed =
        "From: Nathaniel Borenstein <nsb@bellcore.com>\r\nMIME-Version: 1.0\r\n"
        + "Content-type: multipart/mixed; boundary=\"simple boundary\"\r\n\r\npreamble\r\n--simple boundary\r\n\r\n"
        + "implicitly typed, no line end\r\n--simple boundary\r\nContent-type: text/html; charset=us-ascii\r\n\r\n"
        + "with a line end\r\n\r\n--simple boundary\r\nContent-Type: message/rfc822\r\n\r\n"
        + "Subject: inner\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\n\r\na\r\n--in--\r\n\r\n"
        + "--simple boundary--\r\nepilogue\r\n";

    [Fact]
    public void A_multipart_message_has_its_parts_where_they_are()
    {
        var summary = Scan(Mixed);

        Assert.Equal(Mixed.Length, summary.Size);
        Assert.Equal(["text/plain", "text/html", "message/rfc822"], summary.Root.Children.Select(part => $"{part.Type}/{part.Subtype}"));
        Assert.Equal("implicitly typed, no line end", Body(Mixed, summary.Root.Children[0]));
        Assert.Equal("with a line end\r\n", Body(Mixed, summary.Root.Children[1]));
        Assert.Equal(0, summary.Root.Children[0].Lines);
        Assert.Equal(1, summary.Root.Children[1].Lines);
        var inner = summary.Root.Children[2].Children.Single();
        Assert.Equal("Subject: inner\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n", inner.Header.ToStringUtf8());
        Assert.Equal("a", Body(Mixed, inner.Children.Single()));
    }

    [Fact]
    public void However_the_octets_are_cut_the_structure_is_the_same()
    {
        var whole = Scan(Mixed);
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var scanner = new MimeScanner();
            var octets = Encoding.UTF8.GetBytes(Mixed);
            for (var offset = 0; offset < octets.Length;)
            {
                var length = Math.Min(random.Next(1, seed % 7 == 0 ? 200 : 4), octets.Length - offset);
                scanner.Append(octets.AsSpan(offset, length));
                offset += length;
            }

            Assert.Equal(whole, scanner.Complete());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("no header at all")]
    [InlineData("\r\nbody")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html")]
    [InlineData("Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n")]
    public void Broken_messages_have_a_structure_too(string message)
    {
        var summary = Scan(message);

        Assert.Equal(message.Length, summary.Size);
        Check(summary.Root, message.Length);
    }

    [Fact]
    public void Nesting_and_number_of_parts_are_bounded()
    {
        var deep = string.Concat(Enumerable.Repeat("Content-Type: message/rfc822\r\n\r\n", 1000));
        var wide = "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(Enumerable.Repeat("--b\r\n\r\nx\r\n", 30_000));

        Assert.True(Depth(Scan(deep).Root) <= MimeScanner.DepthMax);
        Assert.True(Scan(wide).Root.Children.Count <= MimeScanner.PartsMax);
    }

    [Fact]
    public void A_header_beyond_the_limit_is_cut_and_says_so()
    {
        var summary = Scan("X: " + new string('x', MimeScanner.HeaderOctetsMax) + "\r\n\r\nbody");

        Assert.True(summary.HeaderTruncated);
        Assert.Equal(MimeScanner.HeaderOctetsMax, summary.Header.Length);
    }

    [Fact]
    public void Random_mutations_never_break_the_scanner()
    {
        var random = new Random(20260101);
        for (var round = 0; round < 3000; round++)
        {
            var octets = Encoding.UTF8.GetBytes(Mixed);
            for (var change = random.Next(1, 12); change > 0; change--)
                octets[random.Next(octets.Length)] = (byte)"\r\n-:;\"=()x\0\xff"[random.Next(12)];
            var scanner = new MimeScanner();
            scanner.Append(octets);
            var summary = scanner.Complete();
            Assert.Equal(octets.Length, summary.Size);
            Check(summary.Root, octets.Length);
        }
    }

    private static MessageSummary Scan(string message)
    {
        var scanner = new MimeScanner();
        scanner.Append(Encoding.UTF8.GetBytes(message));
        return scanner.Complete();
    }

    private static string Body(string message, MimePart part) => message[(int)part.BodyOffset..(int)part.EndOffset];

    private static int Depth(MimePart part) => 1 + part.Children.Select(Depth).DefaultIfEmpty(0).Max();

    private static void Check(MimePart part, long limit)
    {
        Assert.True(part.HeaderOffset <= part.BodyOffset && part.BodyOffset <= part.EndOffset && part.EndOffset <= limit);
        Assert.True(part.Lines >= 0);
        foreach (var child in part.Children)
        {
            Assert.True(child.HeaderOffset >= part.BodyOffset && child.EndOffset <= part.EndOffset);
            Check(child, limit);
        }
    }
}

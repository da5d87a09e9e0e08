using System.Buffers;
using System.Text;
using FsCheck.Fluent;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Protocols.Mime;

namespace Mailstead.Unit.Protocols.Mime;

/// <summary>Messages that no mailer would write: structure, headers and encodings are read as far as they make sense, never refused.</summary>
public sealed class GeneratedMimeTests
{
    private static readonly string[] MessagePieces =
    [
        "\r\n", "\n", "\r", "\r\n\r\n", "Content-Type: multipart/mixed; boundary=b\r\n\r\n", "Content-Type: multipart/digest; boundary=\"c\"\r\n\r\n",
        "Content-Type: message/rfc822\r\n\r\n", "--b\r\n", "--b--\r\n", "--c\r\n", "--c--", "Content-Transfer-Encoding: base64\r\n", "Subject: x\r\n",
        "text", " ", "\t", "--", ";", "=", "\"", "charset*0*=utf-8''%41",
    ];

    private static readonly string[] HeaderPieces =
    [
        "=?", "?=", "utf-8", "?B?", "?Q?", "gb2312", "SGk=", "=41", "_", " ", "\r\n ", "\t", "<", ">", "@", "a", "b.test", "(", ")", "\\", "\"", ",", ";", ":",
        "ä", "Fri, 21 Nov 1997", " 09:55:06 ", "-0600", "+1459", "-1430", "31 Dec 9998 23:59:60 -1400", "1 Jan 1 00:00 +1400", "29 Feb 00", "EST", "99999999999",
    ];

    [Fact]
    public void A_structure_stays_within_the_message_and_is_the_same_however_it_is_cut() =>
        Generated.Check(Generated.Cut(Generated.Octets(MessagePieces)), input =>
        {
            var whole = Scan(input.Octets);
            var scanner = new MimeScanner();
            Generated.Feed(input, piece => scanner.Append(piece.Span));

            Assert.Equal(whole, scanner.Complete());
            Assert.Equal(input.Octets.Length, whole.Size);
            AssertWithin(whole.Root, 0, whole.Size);
        }, 5000);

    [Theory]
    [InlineData("Content-Type: message/rfc822\r\n\r\n", 200_000)]
    [InlineData("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 200_000)]
    [InlineData("Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n", 100_000)]
    public void Nesting_without_end_is_followed_so_far_and_no_further(string level, int levels)
    {
        var summary = Scan(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(level, levels))));

        Assert.InRange(DepthOf(summary.Root), 2, MimeScanner.DepthMax);
        Assert.InRange(summary.CalculateSize(), 1, 1024 * 1024);
    }

    [Fact]
    public void Parts_without_end_are_counted_so_far_and_no_further()
    {
        var message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(Enumerable.Repeat("--b\r\n\r\n", 1_000_000));

        var summary = Scan(Encoding.ASCII.GetBytes(message));

        Assert.InRange(summary.Root.Children.Count, 1, MimeScanner.PartsMax);
    }

    [Theory]
    [InlineData("X-Bomb: x\r\n", 1_000_000)]
    [InlineData("Content-Type: text/plain; a=b; c=d\r\n", 500_000)]
    [InlineData("Subject: =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\n", 300_000)]
    public void A_header_without_end_is_kept_so_far_and_no_further(string field, int fields)
    {
        var summary = Scan(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(field, fields))));

        Assert.True(summary.HeaderTruncated);
        Assert.InRange(summary.CalculateSize(), 1, MimeScanner.HeaderOctetsMax + 20_000);
    }

    [Fact]
    public void Inner_headers_together_are_kept_so_far_and_no_further()
    {
        var part = "--b\r\nContent-Type: message/rfc822\r\n\r\nX: " + new string('x', 15_000) + "\r\n\r\n";
        var message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(Enumerable.Repeat(part, 2500));

        var summary = Scan(Encoding.ASCII.GetBytes(message));

        Assert.Equal(2500, summary.Root.Children.Count);
        Assert.InRange(summary.CalculateSize(), 1, MimeScanner.InnerHeadersOctetsMax + (2 * 1024 * 1024));
    }

    [Fact]
    public void Header_texts_are_read_whatever_they_are() => Generated.Check(Generated.Octets(HeaderPieces), octets =>
    {
        HeaderText.Decode(octets);
        AddressList.Parse(octets);
        ParameterList.Parse(octets, new List<MimeParameter>());
        if (MailDate.TryParse(octets, out var date))
            Assert.True(MailDate.TryParse(Encoding.ASCII.GetBytes(MailDate.Format(date)), out var again) && again == date);
    }, 5000);

    [Theory]
    [InlineData('<')]
    [InlineData('(')]
    [InlineData('"')]
    [InlineData('\\')]
    [InlineData(',')]
    [InlineData('=')]
    public void A_megabyte_of_one_character_is_read_in_no_time(char character)
    {
        var octets = new byte[1024 * 1024];
        Array.Fill(octets, (byte)character);

        Assert.InRange(AddressList.Parse(octets).Count, 0, 10_000);
        Assert.NotNull(HeaderText.Decode(octets));
        Assert.NotNull(ParameterList.Parse(octets, new List<MimeParameter>()));
    }

    [Theory]
    [InlineData("base64")]
    [InlineData("quoted-printable")]
    [InlineData("8bit")]
    public void Content_decodes_the_same_however_it_is_cut(string encoding) =>
        Generated.Check(Generated.Cut(Generated.Octets("=", "==", "SGVs", "bG8=", "=41", "=0D=0A", "=\r\n", " \t\r\n", "\r\n", "\n", "ab", "ä", "=a")), input =>
        {
            var whole = Decode(encoding, (input.Octets, [int.MaxValue]));

            Assert.Equal(whole, Decode(encoding, input));
        }, 3000);

    [Fact]
    public void Base64_decodes_to_what_was_encoded() => Generated.Check(Generated.Cut(Generated.Octets("a", "bc", "\0\0\0")), input =>
    {
        var encoded = Encoding.ASCII.GetBytes(Convert.ToBase64String(input.Octets, Base64FormattingOptions.InsertLineBreaks));

        Assert.Equal(input.Octets, Decode("base64", (encoded, input.Cuts)));
    });

    [Theory]
    [InlineData("a=3Db", "a=b")]
    [InlineData("last line =E2=9C=93", "last line ✓")]
    [InlineData("soft=\r\nbreak", "softbreak")]
    [InlineData("soft break at the end=", "soft break at the end")]
    [InlineData("blanks   \r\nbehind  ", "blanks\r\nbehind")]
    [InlineData("broken =zz and=", "broken =zz and")]
    [InlineData("lower =c3=a4\n", "lower ä\n")]
    public void Quoted_printable_decodes_as_RFC_2045_section_6_7_says(string encoded, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(Decode("quoted-printable", (Encoding.ASCII.GetBytes(encoded), [3]))));

    private static MessageSummary Scan(byte[] message)
    {
        var scanner = new MimeScanner();
        scanner.Append(message);
        return scanner.Complete();
    }

    private static byte[] Decode(string encoding, (byte[] Octets, int[] Cuts) input)
    {
        var decoder = ContentDecoder.For(encoding)!;
        var output = new ArrayBufferWriter<byte>();
        Generated.Feed(input, piece => decoder.Decode(piece.Span, output));
        decoder.Complete(output);
        return output.WrittenSpan.ToArray();
    }

    private static int DepthOf(MimePart part)
    {
        var depth = 1;
        for (; part.Children.Count > 0; part = part.Children[0])
            depth++;
        return depth;
    }

    private static void AssertWithin(MimePart part, long start, long end)
    {
        Assert.True(start <= part.HeaderOffset && part.HeaderOffset <= part.BodyOffset && part.BodyOffset <= part.EndOffset && part.EndOffset <= end);
        Assert.True(part.Lines >= 0);
        var from = part.BodyOffset;
        foreach (var child in part.Children)
        {
            AssertWithin(child, from, part.EndOffset);
            from = child.EndOffset;
        }
    }
}

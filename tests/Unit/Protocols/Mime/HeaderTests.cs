using System.Buffers;
using System.Text;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Protocols.Mime;

namespace Mailstead.Unit.Protocols.Mime;

public sealed class HeaderTests
{
    [Theory]
    [InlineData("=?ISO-8859-1?Q?a?=", "a")]
    [InlineData("=?ISO-8859-1?Q?a?= b", "a b")]
    [InlineData("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab")]
    [InlineData("=?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-1?Q?b?=", "ab")]
    [InlineData("=?ISO-8859-1?Q?a_b?=", "a b")]
    [InlineData("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b")]
    [InlineData("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>")]
    [InlineData("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=", "If you can read this yo")]
    [InlineData("=?utf-8?b?4pyT?= done", "✓ done")]
    [InlineData("=?broken", "=?broken")]
    [InlineData("plain =?x?y?z?= text", "plain =?x?y?z?= text")]
    public void Encoded_words_decode_as_RFC_2047_section_8_shows(string raw, string expected) =>
        Assert.Equal(expected, HeaderText.Decode(Encoding.UTF8.GetBytes(raw)));

    [Theory]
    [InlineData("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00")]
    [InlineData("Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)", "1969-02-13T23:32:00-03:30")]
    [InlineData("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06+00:00")]
    [InlineData("Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T10:52:37+02:00")]
    [InlineData("1 Jul 03 10:52 EST", "2003-07-01T10:52:00-05:00")]
    public void Dates_of_RFC_5322_are_read(string raw, string expected)
    {
        Assert.True(MailDate.TryParse(Encoding.ASCII.GetBytes(raw), out var date));
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), date);
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("32 Jan 2020 10:00 +0000")]
    [InlineData("1 Jan 2020 25:00 +0000")]
    public void What_is_no_date_is_none(string raw) => Assert.False(MailDate.TryParse(Encoding.ASCII.GetBytes(raw), out _));

    [Theory]
    [InlineData("John Doe <jdoe@machine.example>", "John Doe|jdoe|machine.example")]
    [InlineData("\"Joe Q. Public\" <john.q.public@example.com>", "Joe Q. Public|john.q.public|example.com")]
    [InlineData("mary@x.test, <jdoe@example.org>, Who? <one@y.test>", "|mary|x.test;|jdoe|example.org;Who?|one|y.test")]
    [InlineData("A Group:Ed Jones <c@a.test>,joe@where.test;", "|A Group|;Ed Jones|c|a.test;|joe|where.test;||")]
    [InlineData("Undisclosed recipients:;", "|Undisclosed recipients|;||")]
    [InlineData("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete|pete|silly.test")]
    [InlineData("<@machine.tld:mary@example.net>", "|mary|example.net")]
    public void Address_lists_of_RFC_5322_appendix_A_are_read(string raw, string expected) =>
        Assert.Equal(expected, string.Join(';', AddressList.Parse(Encoding.UTF8.GetBytes(raw))
            .Select(entry => $"{entry.DisplayName}|{entry.Mailbox}|{entry.Host}")));

    [Fact]
    public void Continued_parameters_are_joined()
    {
        var scanner = new MimeScanner();
        scanner.Append("Content-Type: message/external-body; access-type=URL;\r\n URL*0=\"ftp://\";\r\n URL*1=\"cs.utk.edu/pub\"\r\n\r\n"u8);

        var part = scanner.Complete().Root;

        Assert.Contains(new MimeParameter { Name = "url", Value = "ftp://cs.utk.edu/pub" }, part.Parameters);
    }

    [Theory]
    [InlineData("base64", "SGVsbG8s\r\nIHdvcmxkIQ==\r\n", "Hello, world!")]
    [InlineData("quoted-printable", "Now's the time =\r\nfor all =C3=A9\r\nend", "Now's the time for all é\r\nend")]
    [InlineData("7bit", "as it is", "as it is")]
    public void Transfer_encodings_are_undone_however_they_are_cut(string encoding, string content, string expected)
    {
        for (var cut = 0; cut <= content.Length; cut++)
        {
            var output = new ArrayBufferWriter<byte>();
            var decoder = ContentDecoder.For(encoding)!;
            decoder.Decode(Encoding.UTF8.GetBytes(content[..cut]), output);
            decoder.Decode(Encoding.UTF8.GetBytes(content[cut..]), output);
            decoder.Complete(output);
            Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
        }
    }
}

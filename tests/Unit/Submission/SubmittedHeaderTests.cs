using System.Text;
using Mailstead.Submission;

namespace Mailstead.Unit.Submission;

/// <summary>What a user's header becomes (RFC 6409 §8).</summary>
public sealed class SubmittedHeaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 20, 0, 0, TimeSpan.Zero);

    private readonly SubmittedHeader header = new("mail.test", Now);

    [Fact]
    public void Date_and_Message_ID_are_added_in_front_when_absent()
    {
        var rewritten = Rewrite("From: a@x.test\r\nSubject: s\r\n\r\n");

        Assert.Matches(
            "\\ADate: Tue, 24 Nov 2026 20:00:00 \\+0000\r\nMessage-ID: <[0-9a-f]{32}@mail\\.test>\r\nFrom: a@x\\.test\r\nSubject: s\r\n\r\n\\z", rewritten);
    }

    [Fact]
    public void A_complete_header_stays_as_it_is()
    {
        const string Complete = "date: Fri, 21 Nov 1997 09:55:06 -0600\r\nMESSAGE-ID: <1@x>\r\nFrom: a@x.test\r\nX-Folded: one\r\n\ttwo\r\n\r\n";

        Assert.Equal(Complete, Rewrite(Complete));
    }

    [Theory]
    [InlineData("Bcc: hidden@x.test\r\n")]
    [InlineData("bcc : hidden@x.test\r\n")]
    [InlineData("BCC:\r\n hidden@x.test,\r\n\tmore.hidden@x.test\r\n")]
    [InlineData("Resent-Bcc: hidden@x.test\r\n")]
    [InlineData("Return-Path: <hidden@x.test>\r\n")]
    [InlineData("Bcc: hidden@x.test\r\nBcc: hidden@x.test\r\n")]
    public void Secrets_and_what_is_ours_to_say_are_removed(string secret)
    {
        var rewritten = Rewrite($"From: a@x.test\r\n{secret}To: b@x.test\r\n\r\n");

        Assert.DoesNotContain("hidden", rewritten, StringComparison.Ordinal);
        Assert.Contains("To: b@x.test\r\n", rewritten, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(99, 1, true)]
    [InlineData(100, 1, false)]
    public void Only_so_many_may_be_said_to_have_written_it(int authors, int senders, bool isTaken)
    {
        var from = string.Join(", ", Enumerable.Range(1, authors).Select(number => $"a{number}@x.test"));
        Rewrite($"From: {from}\r\nSender: {string.Join(", ", Enumerable.Repeat("s@x.test", senders))}\r\n\r\n");

        Assert.Equal(isTaken, header.Defect is null);
    }

    [Theory]
    [InlineData("From: a@x.test\r\n", "a@x.test")]
    [InlineData("From: \"b@x.test\" <a@x.test>\r\n", "a@x.test")]
    [InlineData("From: A <a@x.test>, B <b@x.test>\r\n", "a@x.test b@x.test")]
    [InlineData("From: team: a@x.test, b@x.test;\r\n", "a@x.test b@x.test")]
    [InlineData("from: =?utf-8?q?b=40x.test?= <a@x.test>\r\nSender: s@x.test\r\n", "a@x.test s@x.test")]
    [InlineData("From: a@x.test\r\nSENDER : b@x.test\r\n", "a@x.test b@x.test")]
    public void Everybody_who_is_said_to_have_written_it_is_found(string fields, string authors)
    {
        Rewrite(fields + "\r\n");

        Assert.Equal(authors, string.Join(' ', [.. header.Authors, .. header.Senders]));
        Assert.Null(header.Defect);
    }

    [Theory]
    [InlineData("Subject: no author\r\n\r\n")]
    [InlineData("From:\r\n\r\n")]
    [InlineData("From: undisclosed:;\r\n\r\n")]
    [InlineData("From: a@x.test\r\nFrom: a@x.test\r\n\r\n")]
    [InlineData("\r\n")]
    [InlineData("")]
    public void Without_one_author_field_the_message_has_a_defect(string fields)
    {
        Rewrite(fields);

        Assert.NotNull(header.Defect);
    }

    [Fact]
    public void Whatever_the_header_no_secret_passes_and_it_ends_with_one_empty_line() =>
        Generated.Check(Generated.Octets("Bcc:", "From:", " ", "\r\n", "\r\n ", "a@x.test", "<", ">", "X", ":", ",", "\t", "\"", "(", "Date: "), octets =>
        {
            // Bare line ends are refused before, and an empty line would be the header's end.
            var lines = Encoding.Latin1.GetString(octets).Split(["\r\n", "\r", "\n"], StringSplitOptions.RemoveEmptyEntries);
            var text = string.Concat(lines.Select(line => line + "\r\n")) + "\r\n";
            var rewritten = Encoding.Latin1.GetString(new SubmittedHeader("mail.test", Now).Rewrite(Encoding.Latin1.GetBytes(text)));

            Assert.DoesNotMatch("(?im)^bcc[ \t]*:", rewritten);
            Assert.EndsWith("\r\n\r\n", rewritten, StringComparison.Ordinal);
        }, 3000);

    private string Rewrite(string text) => Encoding.UTF8.GetString(header.Rewrite(Encoding.UTF8.GetBytes(text)));
}

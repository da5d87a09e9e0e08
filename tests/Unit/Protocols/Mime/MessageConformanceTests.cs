using System.Text;
using Mailstead.Protocols.Mime;

namespace Mailstead.Unit.Protocols.Mime;

/// <summary>What a program may put in a message's place.</summary>
public sealed class MessageConformanceTests
{
    private const string Good = "From: a@x.test\nDate: Tue, 01 Dec 2026 12:00:00 +0000\nSubject: x\n folded\n\nHello\n";

    [Fact]
    public void Line_ends_become_those_of_mail()
    {
        Assert.Equal(Good.Replace("\n", "\r\n", StringComparison.Ordinal), Normalize(Good, out _));
        Assert.Equal(Normalize(Good, out _), Normalize(Good.ReplaceLineEndings("\r\n").TrimEnd(), out _));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("From: a@x.test\n\nHello\n", "no Date field")]
    [InlineData("Date: x\n\nHello\n", "no From field")]
    [InlineData("From: nobody\nDate: x\n\nHello\n", "no From field")]
    [InlineData("From: a@x.test\nFrom: b@x.test\nDate: x\n\n", "more than one From")]
    [InlineData("From: a@x.test\nDate: x\nSubject: 1\nsubject: 2\n\n", "more than one Subject")]
    [InlineData("From: a@x.test\nno field\nDate: x\n\n", "Line 2")]
    [InlineData(" From: a@x.test\nDate: x\n\n", "Line 1")]
    [InlineData("From: a@x.test\nDate: x\n\nbare\rreturn\n", "CR")]
    [InlineData("From: a@x.test\nDate: x\n\nnul\0\n", "NUL")]
    [InlineData("From: a@x.test\nDate: x\nContent-Type: multipart/mixed; boundary=b\n\nHello\n", "multipart")]
    public void What_is_no_message_is_refused_with_the_reason(string content, string reason)
    {
        Assert.Null(Normalize(content, out var breach));
        Assert.Contains(reason, breach, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_has_998_octets()
    {
        Assert.NotNull(Normalize(Good + new string('x', 998) + "\n", out _));
        Assert.Null(Normalize(Good + new string('x', 999) + "\n", out var breach));
        Assert.Contains("Line 7 has 999 octets", breach, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_comes_is_refused_or_stays_as_it_is_when_it_comes_again() => Generated.Check(
        Generated.Octets("From: a@x.test", "Date: x", "\n", "\r\n", "\r", "\n\n", "Content-Type: multipart/mixed; boundary=b", "--b", "--b--", " ", "word"),
        octets =>
        {
            if (MessageConformance.Normalize(octets, out _) is { } message)
                Assert.Equal(message, MessageConformance.Normalize(message, out _)!);
        }, 3000);

    private static string? Normalize(string content, out string breach) =>
        MessageConformance.Normalize(Encoding.UTF8.GetBytes(content), out breach) is { } message ? Encoding.UTF8.GetString(message) : null;
}

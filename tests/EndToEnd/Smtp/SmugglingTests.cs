using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Smtp;

/// <summary>Nothing but CRLF.CRLF ends DATA (RFC 5321 §4.1.1.4), and a message with bare CR or LF is refused whole.</summary>
public sealed class SmugglingTests(DemoServer demo) : IClassFixture<DemoServer>
{
    [Theory]
    [InlineData("\n.\n")]
    [InlineData("\r.\r")]
    [InlineData("\n.\r\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r\n.\r")]
    [InlineData("\r.\r\n")]
    public async Task A_false_end_of_data_smuggles_nothing(string falseEnd)
    {
        var marker = $"smuggled {Guid.CreateVersion7()}";
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");
        await session.SayAsync("MAIL FROM:<a@example.org>");
        await session.SayAsync($"RCPT TO:<{DemoServer.Carol}>");
        Assert.StartsWith("354", await session.SayAsync("DATA"), StringComparison.Ordinal);

        await session.SendAsync(
            $"Subject: outer\r\n\r\nbody{falseEnd}MAIL FROM:<b@example.org>\r\nRCPT TO:<{DemoServer.Carol}>\r\nDATA\r\n"
            + $"Subject: {marker}\r\n\r\ninner\r\n.\r\n");
        var answer = await session.ReplyAsync();

        Assert.StartsWith("5", answer, StringComparison.Ordinal);
        Assert.StartsWith("250", await session.SayAsync("NOOP"), StringComparison.Ordinal);
        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Carol);
        Assert.Empty(await mailbox.Client.Inbox!.SearchAsync(MailKit.Search.SearchQuery.SubjectContains(marker)));
    }

    [Fact]
    public async Task Commands_behind_StartTls_are_never_executed()
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");

        await session.SendAsync("STARTTLS\r\nMAIL FROM:<injected@example.org>\r\n");
        var answers = await session.ReplyAsync();

        Assert.DoesNotContain("250", answers, StringComparison.Ordinal);
    }
}

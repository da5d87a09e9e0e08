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

    [Fact]
    public async Task What_was_said_in_the_clear_is_forgotten_under_TLS()
    {
        using var session = await SmtpSession.WithRecipientAsync(demo.Server.Smtp, DemoServer.Carol);

        await session.StartTlsAsync();

        Assert.StartsWith("503", await session.SayAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("503", await session.SayAsync("MAIL FROM:<a@example.org>"), StringComparison.Ordinal);
        Assert.DoesNotContain("STARTTLS", await session.SayAsync("EHLO client.example.org"), StringComparison.Ordinal);
        Assert.StartsWith("503", await session.SayAsync("DATA"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_in_place_of_a_handshake_are_never_executed()
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");
        Assert.StartsWith("220", await session.SayAsync("STARTTLS"), StringComparison.Ordinal);

        await session.SendAsync("EHLO injected.example.org\r\nMAIL FROM:<injected@example.org>\r\n");

        Assert.DoesNotContain("250", await session.RestAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\n.\n", "554 5.6.0")]
    [InlineData("\r\n.\n", "554 5.6.0")]
    [InlineData("\r", "554 5.6.0")]
    [InlineData("\r\n.\r\nQUIT\r\n", "250 2.0.0")]
    [InlineData("\0\r\n", "554 5.6.0")]
    public async Task A_chunk_ends_where_its_length_says(string octets, string answer)
    {
        using var session = await SmtpSession.WithRecipientAsync(demo.Server.Smtp, DemoServer.Bob);
        await session.SendAsync("BDAT 14\r\nSubject: x\r\n\r\n");
        Assert.StartsWith("250", await session.ReplyAsync(), StringComparison.Ordinal);

        await session.SendAsync($"BDAT {octets.Length} LAST\r\n{octets}NOOP\r\n");

        Assert.StartsWith(answer, await session.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("250 2.0.0 OK", await session.ReplyAsync());
    }

    [Theory]
    [InlineData("BDAT")]
    [InlineData("BDAT -1 LAST")]
    [InlineData("BDAT 99999999999999999999 LAST")]
    [InlineData("BDAT 5 LAST MORE")]
    public async Task A_chunk_of_unknown_length_ends_the_connection(string command)
    {
        using var session = await SmtpSession.WithRecipientAsync(demo.Server.Smtp, DemoServer.Bob);

        await session.SendAsync(command + "\r\nMAIL FROM:<smuggled@example.org>\r\n");

        Assert.StartsWith("421", await session.ReplyAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("250", await session.RestAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NOOP\n")]
    [InlineData("NOOP\r\rNOOP\r\n")]
    [InlineData("NO\0OP\r\n")]
    public async Task A_command_line_with_a_bare_line_end_or_NUL_is_refused_whole(string line)
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);

        await session.SendAsync(line);

        Assert.StartsWith("500 5.5.2", await session.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("502", await session.SayAsync("EXPN everyone"), StringComparison.Ordinal);
    }
}

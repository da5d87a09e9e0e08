using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Smtp;

/// <summary>Port 25: each recipient answered for at once, nobody else's mail relayed, nothing told to the curious.</summary>
public sealed class IngressTests(DemoServer demo) : IClassFixture<DemoServer>
{
    [Theory]
    [InlineData("alice@demo.mailstead.test", "250 2.1.5")]
    [InlineData("ALICE@Demo.MAILSTEAD.test", "250 2.1.5")]
    [InlineData("postmaster", "250 2.1.5")]
    [InlineData("PostMaster@demo.mailstead.test", "250 2.1.5")]
    [InlineData("abuse@demo.mailstead.test", "250 2.1.5")]
    [InlineData("nobody@demo.mailstead.test", "550 5.1.1")]
    [InlineData("alice@other.mailstead.test", "550 5.7.1")]
    [InlineData("someone@elsewhere.example", "550 5.7.1")]
    [InlineData("@demo.mailstead.test:someone@elsewhere.example", "550 5.7.1")]
    [InlineData("someone%elsewhere.example@demo.mailstead.test", "550 5.1.1")]
    [InlineData("\"someone@elsewhere.example\"@demo.mailstead.test", "550 5.1.1")]
    [InlineData("elsewhere.example!someone@demo.mailstead.test", "550 5.1.1")]
    [InlineData("someone@[127.0.0.1]", "550 5.7.1")]
    public async Task A_recipient_is_answered_for(string address, string answer)
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");
        await session.SayAsync("MAIL FROM:<sender@example.org>");

        Assert.StartsWith(answer, await session.SayAsync($"RCPT TO:<{address}>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_learns_who_is_here()
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");

        var known = await session.SayAsync($"VRFY {DemoServer.Alice}");
        Assert.Equal(known, await session.SayAsync("VRFY nobody@demo.mailstead.test"));
        Assert.StartsWith("252", known, StringComparison.Ordinal);
        Assert.StartsWith("502", await session.SayAsync("EXPN everyone"), StringComparison.Ordinal);
        Assert.StartsWith("502", await session.SayAsync("AUTH LOGIN"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task REQUIRETLS_belongs_to_TLS()
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        Assert.DoesNotContain("REQUIRETLS", await session.SayAsync("EHLO client.example.org"), StringComparison.Ordinal);
        Assert.StartsWith("501", await session.SayAsync("MAIL FROM:<sender@example.org> REQUIRETLS"), StringComparison.Ordinal);

        await session.StartTlsAsync();

        Assert.Contains("REQUIRETLS", await session.SayAsync("EHLO client.example.org"), StringComparison.Ordinal);
        Assert.StartsWith("250", await session.SayAsync("MAIL FROM:<sender@example.org> REQUIRETLS"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_messages_of_one_session_each_go_their_way()
    {
        var subject = $"one of several {Guid.CreateVersion7()}";
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");
        foreach (var recipient in new[] { DemoServer.Alice, DemoServer.Bob, DemoServer.Carol })
        {
            await session.SayAsync("MAIL FROM:<>");
            await session.SayAsync($"RCPT TO:<{recipient}>");
            await session.SayAsync("DATA");
            Assert.StartsWith("250 2.0.0", await session.SayAsync($"Subject: {subject} to {recipient}\r\n\r\nx\r\n."), StringComparison.Ordinal);
        }

        foreach (var recipient in new[] { DemoServer.Alice, DemoServer.Bob, DemoServer.Carol })
        {
            using var mailbox = await Mailbox.OpenAsync(demo, recipient);
            var message = await mailbox.WaitForSubjectAsync(subject);
            Assert.Equal($"{subject} to {recipient}", message.Subject);
            Assert.Equal("<>", message.Headers["Return-Path"]);
        }
    }

    [Theory]
    [InlineData("--pipeline")]
    [InlineData("--tls")]
    [InlineData("--protocol", "SMTP")]
    public async Task Swaks_delivers_in_every_dialect(params string[] dialect)
    {
        var subject = $"dialect {Guid.CreateVersion7()}";

        await Tool.MustAsync("swaks",
            ["--server", $"127.0.0.1:{demo.Server.Smtp}", "--from", "sender@example.org", "--to", DemoServer.Bob, "--header", $"Subject: {subject}", .. dialect]);

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        await mailbox.WaitForUidAsync(subject);
    }
}

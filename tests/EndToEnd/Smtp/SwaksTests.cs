using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Smtp;

/// <summary>swaks, as an SRE would try a server.</summary>
public sealed class SwaksTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private MailsteadServer Server => demo.Server;

    [Fact]
    public async Task A_message_from_outside_arrives()
    {
        var subject = $"From outside {Guid.CreateVersion7()}";
        await Tool.MustAsync("swaks",
            ["--server", $"127.0.0.1:{Server.Smtp}", "--from", "sender@example.org", "--to", DemoServer.Alice, "--header", $"Subject: {subject}"]);

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Alice);
        var message = await mailbox.WaitForSubjectAsync(subject);

        Assert.Equal("<sender@example.org>", message.Headers["Return-Path"]);
        Assert.Equal(DemoServer.Alice, message.Headers["Delivered-To"]);
        Assert.Contains("with ESMTP", message.Headers["Received"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartTls_from_outside_is_noted_in_Received()
    {
        var subject = $"Over TLS {Guid.CreateVersion7()}";
        await Tool.MustAsync("swaks",
            ["--server", $"127.0.0.1:{Server.Smtp}", "--tls", "--from", "sender@example.org", "--to", DemoServer.Alice, "--header", $"Subject: {subject}"]);

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Alice);
        var message = await mailbox.WaitForSubjectAsync(subject);

        Assert.Contains("with ESMTPS", message.Headers["Received"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody@demo.mailstead.test", "550 5.1.1")]
    [InlineData("someone@elsewhere.example", "550 5.7.1")]
    public async Task A_recipient_that_is_not_ours_is_refused(string recipient, string answer)
    {
        var run = await Tool.RunAsync("swaks",
            ["--server", $"127.0.0.1:{Server.Smtp}", "--from", "sender@example.org", "--to", recipient]);

        Assert.Equal(24, run.ExitCode);
        Assert.Contains(answer, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PLAIN", "--tls", 587)]
    [InlineData("LOGIN", "--tls", 587)]
    [InlineData("PLAIN", "--tls-on-connect", 465)]
    public async Task A_user_submits_to_a_colleague(string mechanism, string tls, int port)
    {
        var subject = $"Submitted {Guid.CreateVersion7()}";
        await Tool.MustAsync("swaks",
            ["--server", $"127.0.0.1:{Server.PortBase + port}", tls, "--auth", mechanism, "--auth-user", DemoServer.Alice,
             "--auth-password", demo.PasswordOf(DemoServer.Alice), "--from", DemoServer.Alice, "--to", DemoServer.Bob,
             "--header", $"Subject: {subject}", "--header", "Bcc: hidden@example.org"]);

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        var message = await mailbox.WaitForSubjectAsync(subject);

        Assert.NotNull(message.MessageId);
        Assert.False(message.Headers.Contains("Bcc"));
    }

    [Fact]
    public async Task Authentication_is_not_offered_in_the_clear()
    {
        var run = await Tool.RunAsync("swaks",
            ["--server", $"127.0.0.1:{Server.Submission}", "--auth", "PLAIN", "--auth-user", DemoServer.Alice,
             "--auth-password", demo.PasswordOf(DemoServer.Alice), "--from", DemoServer.Alice, "--to", DemoServer.Bob]);

        Assert.Equal(28, run.ExitCode);
    }

    [Fact]
    public async Task A_wrong_password_is_refused()
    {
        var run = await Tool.RunAsync("swaks",
            ["--server", $"127.0.0.1:{Server.Submission}", "--tls", "--auth", "PLAIN", "--auth-user", DemoServer.Carol,
             "--auth-password", "Wrong-password-1", "--from", DemoServer.Carol, "--to", DemoServer.Bob]);

        Assert.Equal(28, run.ExitCode);
        Assert.Contains("535 5.7.8", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_sender_address_is_refused()
    {
        var run = await Tool.RunAsync("swaks",
            ["--server", $"127.0.0.1:{Server.Submission}", "--tls", "--auth", "PLAIN", "--auth-user", DemoServer.Alice,
             "--auth-password", demo.PasswordOf(DemoServer.Alice), "--from", DemoServer.Bob, "--to", DemoServer.Carol]);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("553 5.7.1", run.Output, StringComparison.Ordinal);
    }
}

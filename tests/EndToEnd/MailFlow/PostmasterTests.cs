using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>RFC 5321 §4.5.1: mail for <c>postmaster</c> is taken without a domain, without anything having been set.</summary>
public sealed class PostmasterTests
{
    [Theory]
    [InlineData("Postmaster")]
    [InlineData("postmaster@mx.example.test")]
    public async Task The_first_organization_s_postmaster_looks_after_the_server(string address)
    {
        await using var server = await MailsteadServer.StartAsync(["--demo", "--hostname", "mx.example.test"]);
        using var session = await SmtpSession.OpenAsync(server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");

        var reply = await session.SendMessageAsync("<a@example.org>", [$"<{address}>"], $"Subject: to {address}\r\n\r\nhello\r\n");

        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        using var client = await Mailbox.ConnectAsync(server);
        await client.AuthenticateAsync(DemoServer.Alice, server.Passwords[DemoServer.Alice]);
        await client.Inbox!.OpenAsync(MailKit.FolderAccess.ReadOnly);
        for (var attempt = 0; attempt < 300 && client.Inbox.Count == 0; attempt++)
        {
            await Task.Delay(100);
            await client.NoOpAsync();
        }

        var message = await client.Inbox.GetMessageAsync(0);
        Assert.Equal($"to {address}", message.Subject);
        Assert.Equal(DemoServer.Alice, message.Headers["Delivered-To"]);
    }

    [Fact]
    public async Task Before_there_is_anybody_it_is_put_off()
    {
        await using var server = await MailsteadServer.StartAsync([]);
        using var session = await SmtpSession.OpenAsync(server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        await session.MustAsync("MAIL FROM:<a@example.org>", "250");

        await session.MustAsync("RCPT TO:<postmaster>", "450 4.2.1");
    }

    [Fact]
    public async Task A_user_s_postmaster_is_the_one_of_the_own_domain()
    {
        await using var server = await MailsteadServer.StartAsync();
        using var session = await SmtpSession.SignInAsync(server, DemoServer.Bob, server.Passwords[DemoServer.Bob]);

        var reply = await session.SendMessageAsync(
            $"<{DemoServer.Bob}>", ["<postmaster>"], $"From: {DemoServer.Bob}\r\nSubject: from bob\r\n\r\nhello\r\n");

        Assert.True(reply.StartsWith("250", StringComparison.Ordinal), reply + '\n' + server.LoggedErrors);
        await Durability.DeliveryTables.WaitUntilEmptyAsync(server);
    }
}

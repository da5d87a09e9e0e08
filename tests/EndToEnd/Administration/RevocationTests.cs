using MailKit.Net.Imap;
using MailKit.Security;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>What an operation takes away is gone in every protocol, live sessions included.</summary>
public sealed class RevocationTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Password = "Correct-horse-7";

    private readonly AwsSdk sdk = new(demo.Server);

    [Theory]
    [InlineData("DeregisterFromWorkMail")]
    [InlineData("ResetPassword")]
    public async Task Live_sessions_end_and_the_old_way_in_is_closed(string operation)
    {
        var (organization, user, address) = await NewUserAsync(operation.ToLowerInvariant());
        using var imap = await SignInAsync(address);
        using var smtp = await SubmitterAsync(address);

        var input = operation == "ResetPassword"
            ? (object)new { OrganizationId = organization, UserId = user, Password = Password + "x" }
            : new { OrganizationId = organization, EntityId = user };
        AwsSdk.AnswerOf((await sdk.RunAsync((operation, input)))[0]);

        Assert.StartsWith("421 4.7.0 Your access has changed", await smtp.ReplyAsync(), StringComparison.Ordinal);
        await EndsAsync(imap);
        await Assert.ThrowsAsync<AuthenticationException>(() => SignInAsync(address));
        Assert.StartsWith("535 5.7.8", await AuthenticateAsync(address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disabled_users_mail_is_refused_until_it_is_enabled_again_with_all_that_was_there()
    {
        var (organization, user, address) = await NewUserAsync("back");
        await MustDeliverAsync(address, "before");

        await sdk.RunAsync(("DeregisterFromWorkMail", new { OrganizationId = organization, EntityId = user }));
        Assert.StartsWith("550 5.2.1", await RcptAsync(address), StringComparison.Ordinal);
        await sdk.RunAsync(("RegisterToWorkMail", new { OrganizationId = organization, EntityId = user, Email = address }));

        Assert.StartsWith("250", await RcptAsync(address), StringComparison.Ordinal);
        using var imap = await SignInAsync(address);
        await imap.Inbox!.OpenAsync(MailKit.FolderAccess.ReadOnly, TestContext.Current.CancellationToken);
        Assert.Equal(1, imap.Inbox.Count);
    }

    [Fact]
    public async Task A_deleted_alias_gets_no_mail_and_opens_no_door()
    {
        var (organization, user, address) = await NewUserAsync("aliased");
        const string Alias = "doomed.alias@demo.mailstead.test";
        await sdk.RunAsync(("CreateAlias", new { OrganizationId = organization, EntityId = user, Alias }));
        Assert.StartsWith("250", await RcptAsync(Alias), StringComparison.Ordinal);
        (await SignInAsync(Alias)).Dispose();

        await sdk.RunAsync(("DeleteAlias", new { OrganizationId = organization, EntityId = user, Alias }));

        Assert.StartsWith("550 5.1.1", await RcptAsync(Alias), StringComparison.Ordinal);
        await Assert.ThrowsAsync<AuthenticationException>(() => SignInAsync(Alias));
        Assert.StartsWith("250", await RcptAsync(address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_mailbox_takes_no_more_and_the_sender_is_told()
    {
        var (organization, _, address) = await NewUserAsync("full");
        AwsSdk.AnswerOf((await sdk.RunAsync(("UpdateMailboxQuota", new { OrganizationId = organization, UserId = "full", MailboxQuota = 1 })))[0]);

        await MustDeliverAsync(address, new string('x', 70) + "\r\n", 30_000, from: DemoServer.Alice);

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Alice);
        var report = await mailbox.WaitForSubjectAsync("not");
        Assert.Contains("The mailbox is full", ((MimeKit.Multipart)report.Body!)[0].ToString(), StringComparison.Ordinal);
    }

    private async Task<(string Organization, string User, string Address)> NewUserAsync(string name)
    {
        var organization = await sdk.OrganizationIdAsync("demo");
        var address = $"{name}@demo.mailstead.test";
        var results = await sdk.RunAsync(
            ("CreateUser", new { OrganizationId = organization, Name = name, DisplayName = name, Password }),
            ("RegisterToWorkMail", new { OrganizationId = organization, EntityId = "$0.UserId", Email = address }));
        AwsSdk.AnswerOf(results[1]);
        return (organization, AwsSdk.AnswerOf(results[0]).GetProperty("UserId").GetString()!, address);
    }

    private async Task<ImapClient> SignInAsync(string address)
    {
        var client = await Mailbox.ConnectAsync(demo.Server);
        await client.AuthenticateAsync(address, Password, TestContext.Current.CancellationToken);
        return client;
    }

    private static async Task EndsAsync(ImapClient client)
    {
        for (var attempt = 0; attempt < 120; attempt++)
        {
            try
            {
                await client.NoOpAsync(TestContext.Current.CancellationToken);
            }
            catch (Exception ended) when (ended is IOException or ImapProtocolException or MailKit.ServiceNotConnectedException)
            {
                return;
            }

            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        Assert.Fail("The IMAP session goes on");
    }

    private async Task<SmtpSession> SubmitterAsync(string address)
    {
        var session = await SmtpSession.OpenAsync(demo.Server.Submission);
        await session.SayAsync("EHLO client.example.org");
        await session.StartTlsAsync();
        await session.SayAsync("EHLO client.example.org");
        Assert.StartsWith("235", await session.SayAsync(Plain(address)), StringComparison.Ordinal);
        return session;
    }

    private async Task<string> AuthenticateAsync(string address)
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Submission);
        await session.SayAsync("EHLO client.example.org");
        await session.StartTlsAsync();
        await session.SayAsync("EHLO client.example.org");
        return await session.SayAsync(Plain(address));
    }

    private async Task<string> RcptAsync(string address)
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");
        await session.SayAsync("MAIL FROM:<sender@example.org>");
        return await session.SayAsync($"RCPT TO:<{address}>");
    }

    private async Task MustDeliverAsync(string address, string line, int lines = 1, string from = "sender@example.org")
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");
        await session.SayAsync($"MAIL FROM:<{from}>");
        Assert.StartsWith("250", await session.SayAsync($"RCPT TO:<{address}>"), StringComparison.Ordinal);
        await session.SayAsync("DATA");
        await session.SendAsync("Subject: x\r\n\r\n" + string.Concat(Enumerable.Repeat(line, lines)) + "\r\n");
        Assert.StartsWith("250 2.0.0", await session.SayAsync("."), StringComparison.Ordinal);
    }

    private static string Plain(string address) =>
        "AUTH PLAIN " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0{address}\0{Password}"));
}

using Mailstead.EndToEnd.Durability;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>From the spool into mailboxes: groups, aliases, full mailboxes, loops, and what senders are told.</summary>
public sealed class LocalDeliveryTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Password = "Local-test-2046";
    private const string Domain = "demo.mailstead.test";

    private MailsteadServer Server => demo.Server;

    [Fact]
    public async Task Everybody_in_nested_groups_gets_one_copy_even_when_groups_contain_each_other()
    {
        using var admin = new AdminApi(Server);
        var organization = await admin.OrganizationAsync();
        var one = await admin.CreateUserAsync(organization, $"nested1@{Domain}", Password);
        var two = await admin.CreateUserAsync(organization, $"nested2@{Domain}", Password);
        await admin.CallAsync("CreateAlias", new { OrganizationId = organization, EntityId = one, Alias = $"nested1.alias@{Domain}" });
        var inner = await admin.CreateGroupAsync(organization, $"inner@{Domain}", one, two);
        var outer = await admin.CreateGroupAsync(organization, $"outer@{Domain}", one, inner);
        await admin.AddMemberAsync(organization, inner, outer);

        await ReceiveAsync("Nested", [$"<outer@{Domain}>", $"<inner@{Domain}>", $"<nested1.alias@{Domain}>"]);

        var first = await OnlyAsync($"nested1@{Domain}");
        var second = await OnlyAsync($"nested2@{Domain}");
        Assert.Equal($"nested1.alias@{Domain}", first.Headers["Delivered-To"]);
        Assert.Equal($"nested2@{Domain}", second.Headers["Delivered-To"]);
        Assert.Equal("<sender@example.org>", second.Headers["Return-Path"]);
        Assert.Contains("from client.example.org", second.Headers["Received"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_mailbox_is_reported_and_holds_up_nobody_else()
    {
        using var admin = new AdminApi(Server);
        var organization = await admin.OrganizationAsync();
        var full = await admin.CreateUserAsync(organization, $"full@{Domain}", null);
        var roomy = await admin.CreateUserAsync(organization, $"roomy@{Domain}", Password);
        await admin.CallAsync("UpdateMailboxQuota", new { OrganizationId = organization, UserId = full, MailboxQuota = 1 });
        await admin.CreateGroupAsync(organization, $"both@{Domain}", full, roomy);

        await SubmitAsync("Big", [$"<both@{Domain}> ORCPT=rfc822;both@{Domain}"], body: string.Concat(Enumerable.Repeat("Much\r\n", 300_000)));

        var report = await StatusReport.WaitAsync(Server, "Big", "failed");
        Assert.Equal(2, report.Groups.Count);
        Assert.Equal("5.2.2", report.Groups[1]["Status"]);
        Assert.Equal($"rfc822; full@{Domain}", report.Groups[1]["Final-Recipient"]);
        Assert.Equal($"rfc822; both@{Domain}", report.Groups[1]["Original-Recipient"]);
        Assert.Equal("text/rfc822-headers", report.Original.ContentType.MimeType);
        Assert.Equal("Big", (await OnlyAsync($"roomy@{Domain}")).Subject);
    }

    [Fact]
    public async Task Who_asks_for_it_is_told_of_success()
    {
        await SubmitAsync("Success", [$"<{DemoServer.Bob}> NOTIFY=SUCCESS,FAILURE", $"<{DemoServer.Carol}>"], $"<{DemoServer.Alice}> ENVID=e1");

        var report = await StatusReport.WaitAsync(Server, "Success", "delivered");

        Assert.Equal(2, report.Groups.Count);
        Assert.Equal("e1", report.Groups[0]["Original-Envelope-Id"]);
        Assert.Equal($"rfc822; {DemoServer.Bob}", report.Groups[1]["Final-Recipient"]);
        Assert.Equal("2.0.0", report.Groups[1]["Status"]);
    }

    [Fact]
    public async Task Success_for_a_group_is_its_expansion()
    {
        using var admin = new AdminApi(Server);
        var organization = await admin.OrganizationAsync();
        await admin.CreateGroupAsync(organization, $"told@{Domain}", await admin.UserIdAsync(organization, "bob"));

        await SubmitAsync("Expansion", [$"<told@{Domain}> NOTIFY=SUCCESS"]);

        var report = await StatusReport.WaitAsync(Server, "Expansion", "expanded");
        Assert.Equal(2, report.Groups.Count);
        Assert.Equal($"rfc822; told@{Domain}", report.Groups[1]["Final-Recipient"]);
    }

    [Fact]
    public async Task A_message_that_was_delivered_here_before_is_in_a_loop()
    {
        await SubmitAsync("Loop", [$"<{DemoServer.Bob}>"], header: $"Delivered-To: {DemoServer.Bob}\r\nReceived: from x by y; Mon, 2 Jan 2023 10:00:00 +0000\r\n");

        var report = await StatusReport.WaitAsync(Server, "Loop", "failed");

        Assert.Equal("5.4.6", report.Groups[1]["Status"]);
    }

    [Fact]
    public async Task A_message_that_has_been_through_a_hundred_servers_is_in_a_loop()
    {
        var received = string.Concat(Enumerable.Repeat("Received: from x by y; Mon, 2 Jan 2023 10:00:00 +0000\r\n", 100));
        await SubmitAsync("Hops", [$"<{DemoServer.Bob}>"], header: received);
        await SubmitAsync("Quiet hops", [$"<{DemoServer.Bob}> NOTIFY=NEVER"], header: received);

        var report = await StatusReport.WaitAsync(Server, "Subject: Hops", "failed");
        await DeliveryTables.WaitUntilEmptyAsync(Server);

        Assert.Equal("5.4.6", report.Groups[1]["Status"]);
        using var alice = await Mailbox.OpenAsync(demo, DemoServer.Alice);
        for (var i = 0; i < alice.Client.Inbox!.Count; i++)
            Assert.DoesNotContain("Quiet hops", (await alice.Client.Inbox.GetMessageAsync(i)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Five_hundred_recipients_get_a_copy_each_and_one_more_is_refused_for_now()
    {
        using var admin = new AdminApi(Server);
        var organization = await admin.OrganizationAsync();
        var addresses = Enumerable.Range(1, 500).Select(i => $"crowd{i:000}@{Domain}").ToList();
        foreach (var address in addresses)
            await admin.CreateUserAsync(organization, address, address == addresses[^1] ? Password : null);
        var before = MailboxTables.CountItems(Server);

        using var session = await SmtpSession.OpenAsync(Server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        await session.MustAsync("MAIL FROM:<sender@example.org>", "250");
        foreach (var address in addresses)
            await session.MustAsync($"RCPT TO:<{address}>", "250");
        await session.MustAsync($"RCPT TO:<{DemoServer.Alice}>", "452");
        await session.MustAsync("DATA", "354");
        await session.MustAsync("Subject: Crowd\r\n\r\nHello\r\n.", "250");
        await DeliveryTables.WaitUntilEmptyAsync(Server);

        Assert.Equal("Crowd", (await OnlyAsync(addresses[^1])).Subject);
        Assert.Equal(before + 500, MailboxTables.CountItems(Server));
    }

    [Fact]
    public async Task A_sender_with_an_address_beyond_ascii_is_shown_as_it_is()
    {
        using var admin = new AdminApi(Server);
        await admin.CreateUserAsync(await admin.OrganizationAsync(), $"juergen@{Domain}", Password, "Jürgen Müller");
        using var session = await SmtpSession.OpenAsync(Server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        var reply = await session.SendMessageAsync(
            "<строка@пример.рф> SMTPUTF8 BODY=8BITMIME", [$"<juergen@{Domain}>"], "From: <строка@пример.рф>\r\nSubject: Grüße\r\n\r\nHallo\r\n");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);

        var message = await OnlyAsync($"juergen@{Domain}");

        Assert.Equal("Grüße", message.Subject);
        Assert.Equal("<строка@пример.рф>", message.Headers["Return-Path"]);
        Assert.Equal("строка@пример.рф", message.From.Mailboxes.Single().Address);
    }

    [Fact]
    public async Task Who_takes_no_mail_any_more_is_refused_at_once()
    {
        using var admin = new AdminApi(Server);
        var organization = await admin.OrganizationAsync();
        var id = await admin.CreateUserAsync(organization, $"leaver@{Domain}", null);
        await ReceiveAsync("Before", [$"<leaver@{Domain}>"]);
        await admin.CallAsync("DeregisterFromWorkMail", new { OrganizationId = organization, EntityId = id });

        using var session = await SmtpSession.OpenAsync(Server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        await session.MustAsync("MAIL FROM:<sender@example.org>", "250");
        await session.MustAsync($"RCPT TO:<leaver@{Domain}>", "550 5.");
    }

    private async Task ReceiveAsync(string subject, string[] recipients)
    {
        using var session = await SmtpSession.OpenAsync(Server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        var reply = await session.SendMessageAsync("<sender@example.org>", recipients, $"Subject: {subject}\r\n\r\nHello\r\n");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
    }

    private async Task SubmitAsync(
        string subject, string[] recipients, string mail = $"<{DemoServer.Alice}>", string header = "", string body = "Hello\r\n")
    {
        using var session = await SmtpSession.SignInAsync(Server, DemoServer.Alice, demo.PasswordOf(DemoServer.Alice));
        var reply = await session.SendMessageAsync(mail, recipients, $"{header}From: {DemoServer.Alice}\r\nSubject: {subject}\r\n\r\n{body}");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
    }

    /// <summary>The one message of a mailbox, once everything that is on its way has come.</summary>
    private async Task<MimeKit.MimeMessage> OnlyAsync(string address)
    {
        await DeliveryTables.WaitUntilEmptyAsync(Server);
        using var client = await Mailbox.ConnectAsync(Server);
        await client.AuthenticateAsync(address, Password);
        await client.Inbox!.OpenAsync(MailKit.FolderAccess.ReadOnly);
        Assert.Equal(1, client.Inbox.Count);
        return await client.Inbox.GetMessageAsync(0);
    }
}

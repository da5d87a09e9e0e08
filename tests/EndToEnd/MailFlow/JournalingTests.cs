using MailKit;
using Mailstead.EndToEnd.Durability;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>The journal of an organization: one report of each message, whoever it went to.</summary>
public sealed class JournalingTests(PatientWorld world) : IClassFixture<PatientWorld>, IAsyncLifetime
{
    private const string Zone = OutsideWorld.Zone;

    private readonly AdminApi admin = new(world.Server);
    private string organization = "";

    public async ValueTask InitializeAsync() => organization = await admin.OrganizationAsync();

    public async ValueTask DisposeAsync()
    {
        await admin.CallAsync("MailsteadService.DeleteJournaling", new { OrganizationId = organization });
        admin.Dispose();
    }

    [Fact]
    public async Task A_message_that_comes_in_makes_one_report_with_all_who_get_it()
    {
        var bob = await admin.UserIdAsync(organization, "bob");
        await admin.CreateGroupAsync(organization, "team@demo.mailstead.test", bob, await admin.UserIdAsync(organization, "alice"));
        await PutAsync(DemoServer.Carol);

        await SendAsync("Seen by all", DemoServer.Alice, "team@demo.mailstead.test");

        var report = await world.WaitAsync(DemoServer.Carol, "Seen by all");
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);
        Assert.Equal(1, await CountAsync("Seen by all"));
        Assert.Equal("journaling@demo.mailstead.test", report.From.Mailboxes.Single().Address);
        var lines = report.BodyParts.OfType<TextPart>().First().Text.ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(["Sender: x@client.example", "Subject: Seen by all", "Message-Id: <journal@client.example>", $"To: {DemoServer.Alice}"], lines[..4]);
        Assert.Equal([$"Recipient: {DemoServer.Bob}, Expanded: team@demo.mailstead.test"], lines[4..5]);
        var original = Assert.Single(report.BodyParts.OfType<MessagePart>()).Message!;
        Assert.Equal("Seen by all", original.Subject);
        Assert.NotNull(original.Headers["Authentication-Results"]);
    }

    [Fact]
    public async Task A_message_that_goes_out_tells_its_blind_recipients()
    {
        await PutAsync(DemoServer.Carol);
        await using var sink = new SmtpSink("127.0.1.3", world.Port);
        using var session = await SmtpSession.SignInAsync(world.Server, DemoServer.Alice, world.Server.Passwords[DemoServer.Alice]);
        await session.SendMessageAsync(
            $"<{DemoServer.Alice}>", [$"<x@plain.{Zone}>", $"<{DemoServer.Bob}>"],
            $"From: {DemoServer.Alice}\r\nTo: x@plain.{Zone}\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= blindly\r\n\r\nHello\r\n");

        var report = await world.WaitAsync(DemoServer.Carol, "blindly");
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);

        Assert.Equal(1, await CountAsync("blindly"));
        Assert.Equal("Grüße blindly", report.Subject);
        var text = report.BodyParts.OfType<TextPart>().First().Text;
        Assert.Contains("Subject: Grüße blindly", text, StringComparison.Ordinal);
        Assert.Contains($"To: x@plain.{Zone}", text, StringComparison.Ordinal);
        Assert.Contains($"Bcc: {DemoServer.Bob}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_refuses_is_told_of_at_the_report_address()
    {
        await using var sink = new SmtpSink("127.0.1.7", world.Port)
        {
            Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 No archive here" : null,
        };
        await PutAsync($"archive@refuse.{Zone}");

        await SendAsync("Not archived", DemoServer.Alice);

        var report = await StatusReport.WaitAsync(world.Server, "Not archived", "failed", DemoServer.Bob);
        Assert.Equal($"rfc822; archive@refuse.{Zone}", report.Groups[1]["Final-Recipient"]);
        await world.WaitAsync(DemoServer.Alice, "Not archived");
    }

    [Fact]
    public async Task Nobody_has_the_address_that_reports_come_from()
    {
        using var session = await SmtpSession.OpenAsync(world.Server.Smtp);
        await session.MustAsync("EHLO client.example", "250");
        await session.MustAsync("MAIL FROM:<x@client.example>", "250");
        await session.MustAsync("RCPT TO:<journaling@demo.mailstead.test>", "550 5.1.1");
    }

    private async Task PutAsync(string address)
    {
        await admin.CallAsync("MailsteadService.PutJournaling", new { OrganizationId = organization, JournalAddress = address, ReportAddress = DemoServer.Bob });
        // A changed setting acts within five seconds.
        await Task.Delay(TimeSpan.FromSeconds(4));
    }

    private async Task SendAsync(string subject, params string[] recipients)
    {
        using var session = await SmtpSession.OpenAsync(world.Server.Smtp);
        await session.MustAsync("EHLO client.example", "250");
        var reply = await session.SendMessageAsync(
            "<x@client.example>", recipients.Select(one => $"<{one}>"),
            $"From: x@client.example\r\nTo: {recipients[0]}\r\nSubject: {subject}\r\nMessage-ID: <journal@client.example>\r\n\r\nHello\r\n");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
    }

    private async Task<int> CountAsync(string subject)
    {
        using var client = await Mailbox.ConnectAsync(world.Server);
        await client.AuthenticateAsync(DemoServer.Carol, world.Server.Passwords[DemoServer.Carol]);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        return (await client.Inbox.SearchAsync(MailKit.Search.SearchQuery.SubjectContains(subject))).Count;
    }
}

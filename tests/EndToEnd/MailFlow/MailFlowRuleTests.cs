using System.Text;
using System.Text.Json;
using MailKit;
using Mailstead.EndToEnd.Durability;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>What mail-flow rules do to mail, and SMTP gateways; and the signatures of what goes out.</summary>
public sealed class MailFlowRuleTests(GatewayWorld world) : IClassFixture<GatewayWorld>, IAsyncLifetime
{
    private const string Zone = OutsideWorld.Zone;
    private static readonly string[] All = ["*"];

    private readonly AdminApi admin = new(world.Server);
    private string organization = "";

    public async ValueTask InitializeAsync() => organization = await admin.OrganizationAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var rule in (await OwnAsync("ListMailFlowRules", new { OrganizationId = organization })).GetProperty("Rules").EnumerateArray())
        {
            var (name, direction) = (rule.GetProperty("Name").GetString(), rule.GetProperty("Direction").GetString());
            await OwnAsync("DeleteMailFlowRule", new { OrganizationId = organization, Name = name, Direction = direction });
        }

        admin.Dispose();
    }

    [Fact]
    public async Task Inbound_rules_decide_for_each_recipient()
    {
        await PutAsync("INBOUND", "DROP", ["dropped.example"], All);
        await PutAsync("INBOUND", "MOVE_TO_JUNK", ["dropped.example"], [DemoServer.Bob]);
        await PutAsync("INBOUND", "BOUNCE", ["bounced@sender." + Zone], All);
        await ActAsync();
        await using var sender = new SmtpSink("127.0.1.11", world.Port);

        await SendAsync("x@dropped.example", "To two", DemoServer.Alice, DemoServer.Bob);
        await SendAsync($"bounced@sender.{Zone}", "Unwanted", DemoServer.Alice);
        await SendAsync("x@wanted.example", "Wanted", DemoServer.Alice);

        await world.WaitAsync(DemoServer.Bob, "To two", SpecialFolder.Junk);
        await world.WaitAsync(DemoServer.Alice, "Wanted");
        var report = await sender.WaitForMessageAsync();
        Assert.Contains("Status: 5.7.1", report.Content, StringComparison.Ordinal);
        Assert.Equal([$"RCPT TO:<bounced@sender.{Zone}> NOTIFY=NEVER"], report.Recipients);
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);
        using var alice = await Mailbox.ConnectAsync(world.Server);
        await alice.AuthenticateAsync(DemoServer.Alice, world.Server.Passwords[DemoServer.Alice]);
        await alice.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        var subjects = (await alice.Inbox.FetchAsync(0, -1, MessageSummaryItems.Envelope)).Select(one => one.Envelope!.Subject).ToList();
        Assert.DoesNotContain("To two", subjects);
        Assert.DoesNotContain("Unwanted", subjects);
    }

    [Fact]
    public async Task Outbound_rules_stop_what_users_send_and_tell_them()
    {
        await PutAsync("OUTBOUND", "BOUNCE", ["*.mailstead.test"], ["secret@plain." + Zone]);
        await PutAsync("OUTBOUND", "DROP", ["*.mailstead.test"], ["nobody@plain." + Zone]);
        await ActAsync();
        await using var sink = new SmtpSink("127.0.1.3", world.Port);

        await world.SubmitAsync("Stopped", [$"<secret@plain.{Zone}>", $"<nobody@plain.{Zone}>", $"<open@plain.{Zone}>"]);

        var report = await StatusReport.WaitAsync(world.Server, "Stopped", "failed");
        Assert.Equal("5.7.1", report.Groups[1]["Status"]);
        Assert.Equal($"rfc822; secret@plain.{Zone}", report.Groups[1]["Final-Recipient"]);
        Assert.Equal(2, report.Groups.Count);
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);
        Assert.Equal([$"RCPT TO:<open@plain.{Zone}>"], Assert.Single(sink.Messages).Recipients);
    }

    [Fact]
    public async Task A_gateway_gets_the_mail_over_tls_and_signed_in()
    {
        await PutGatewayAsync("archive", SmtpSink.CertificateName);
        await PutAsync("OUTBOUND", "ROUTE_TO_SMTP_GATEWAY", All, ["tls." + Zone], "archive");
        await ActAsync();
        await using var gateway = new SmtpSink("127.0.1.20", world.Port) { Extensions = ["STARTTLS", "AUTH PLAIN LOGIN"] };

        await world.SubmitAsync("By the gateway", [$"<x@tls.{Zone}>"]);

        var message = await gateway.WaitForMessageAsync();
        Assert.True(message.IsEncrypted);
        Assert.Contains($"AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes("\0relay\0Secret-7"))}", gateway.Commands);
        Assert.Equal([$"RCPT TO:<x@tls.{Zone}>"], message.Recipients);
    }

    [Fact]
    public async Task A_gateway_that_can_not_be_used_sends_the_message_back()
    {
        await PutGatewayAsync("refusing", SmtpSink.CertificateName);
        await PutGatewayAsync("other", "wrongname." + Zone);
        await PutGatewayAsync("gone", "dead." + Zone);
        await PutAsync("OUTBOUND", "ROUTE_TO_SMTP_GATEWAY", All, ["refusing.example"], "refusing");
        await PutAsync("OUTBOUND", "ROUTE_TO_SMTP_GATEWAY", All, ["wrongname.example"], "other");
        await PutAsync("OUTBOUND", "ROUTE_TO_SMTP_GATEWAY", All, ["gone.example"], "gone");
        await ActAsync();
        await using var refusing = new SmtpSink("127.0.1.20", world.Port)
        {
            Extensions = ["STARTTLS", "AUTH LOGIN"],
            Answer = line => line.StartsWith("AUTH", StringComparison.Ordinal) ? "535 5.7.8 No" : null,
        };
        await using var impostor = new SmtpSink("127.0.1.21", world.Port) { Extensions = ["STARTTLS", "AUTH PLAIN"] };

        await world.SubmitAsync("Not by it", ["<x@refusing.example>", "<x@wrongname.example>", "<x@gone.example>"]);

        var told = new List<string>();
        foreach (var recipient in new[] { "x@refusing.example", "x@wrongname.example", "x@gone.example" })
        {
            var report = await StatusReport.WaitAsync(world.Server, recipient, "failed");
            told.AddRange(report.Groups.Skip(1).Select(group => $"{group["Final-Recipient"]} {group["Status"]}"));
        }

        Assert.Equal(["rfc822; x@gone.example 5.7.1", "rfc822; x@refusing.example 5.7.1", "rfc822; x@wrongname.example 5.7.1"], told.Distinct().Order());
        Assert.Empty(refusing.Messages);
        Assert.DoesNotContain(impostor.Commands, line => line.StartsWith("AUTH", StringComparison.Ordinal));
        var log = world.Server.Log;
        Assert.DoesNotContain("Secret-7", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_goes_out_is_signed_so_that_others_can_verify_it()
    {
        var asked = (await OwnAsync("ListMailDomainRecords", new { OrganizationId = organization, DomainName = "demo.mailstead.test" })).GetProperty("Records");
        var records = asked.EnumerateArray().Where(record => record.GetProperty("Hostname").GetString()!.Contains("_domainkey", StringComparison.Ordinal))
            .ToDictionary(record => record.GetProperty("Hostname").GetString()!.TrimEnd('.'), record => record.GetProperty("Value").GetString()!);
        await using var sink = new SmtpSink("127.0.1.3", world.Port);

        await world.SubmitAsync("Signed by us", [$"<x@plain.{Zone}>"], body: "A  body \r\n..with dots\r\n\r\n\r\n");

        var message = await sink.WaitForMessageAsync(one => one.Content.Contains("Signed by us", StringComparison.Ordinal));
        Assert.Equal([true, true], await DkimTool.VerifyAsync(message.Content, records));
        Assert.Equal([false, false], await DkimTool.VerifyAsync(message.Content.Replace("Signed by us", "Said by us", StringComparison.Ordinal), records));
        using var parsed = await MimeMessage.LoadAsync(new MemoryStream(Encoding.UTF8.GetBytes(message.Content)));
        Assert.All(parsed.Headers.Where(header => header.Id == HeaderId.DkimSignature), header => Assert.Contains("d=demo.mailstead.test", header.Value, StringComparison.Ordinal));
    }

    private Task<JsonElement> PutGatewayAsync(string name, string host) =>
        OwnAsync("PutSmtpGateway", new { OrganizationId = organization, Name = name, Host = host, world.Port, UserName = "relay", Password = "Secret-7" });

    private Task<JsonElement> PutAsync(string direction, string action, string[] senders, string[] recipients, string? gateway = null)
    {
        var name = $"{action} {senders[0]} {recipients[0]}".Replace("*", "all", StringComparison.Ordinal).Replace("@", " ", StringComparison.Ordinal);
        name = name[..Math.Min(name.Length, 64)];
        var rule = new Dictionary<string, object>
        {
            ["OrganizationId"] = organization,
            ["Name"] = name,
            ["Direction"] = direction,
            ["Action"] = action,
            ["SenderPatterns"] = senders,
            ["RecipientPatterns"] = recipients,
        };
        if (gateway is not null)
            rule["GatewayName"] = gateway;
        return OwnAsync("PutMailFlowRule", rule);
    }

    /// <summary>A changed rule acts within five seconds.</summary>
    private static Task ActAsync() => Task.Delay(TimeSpan.FromSeconds(5));

    private async Task<JsonElement> OwnAsync(string operation, object members) => await admin.CallAsync("MailsteadService." + operation, members);

    private async Task SendAsync(string sender, string subject, params string[] recipients)
    {
        using var session = await SmtpSession.OpenAsync(world.Server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        var reply = await session.SendMessageAsync($"<{sender}>", recipients.Select(one => $"<{one}>"), $"From: {sender}\r\nSubject: {subject}\r\n\r\nHello\r\n");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
    }
}

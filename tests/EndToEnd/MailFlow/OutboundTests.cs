using System.Globalization;
using Mailstead.EndToEnd.Durability;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>Mail to elsewhere: who gets it, how, and what happens when it is not taken.</summary>
public sealed class OutboundTests(PatientWorld world) : IClassFixture<PatientWorld>
{
    private const string Zone = OutsideWorld.Zone;

    [Fact]
    public async Task The_preferred_server_gets_the_message_as_it_was_written()
    {
        await using var first = new SmtpSink("127.0.1.1", world.Port);
        await using var second = new SmtpSink("127.0.1.2", world.Port);
        await world.SubmitAsync("Order", [$"<x@order.{Zone}> NOTIFY=FAILURE,DELAY ORCPT=rfc822;x+2By@order", $"<y@order.{Zone}>"],
            $"<{DemoServer.Alice}> RET=HDRS ENVID=abc+2B1");

        var message = await first.WaitForMessageAsync();

        Assert.Empty(second.ConnectedAt);
        Assert.Matches($"^MAIL FROM:<{DemoServer.Alice}> SIZE=[0-9]+ RET=HDRS ENVID=abc\\+2B1$", message.Mail);
        Assert.Equal([$"RCPT TO:<x@order.{Zone}> NOTIFY=FAILURE,DELAY ORCPT=rfc822;x+2By@order", $"RCPT TO:<y@order.{Zone}>"], message.Recipients);
        Assert.EndsWith("Subject: Order\r\n\r\nHello\r\n.dots\r\n", message.Content, StringComparison.Ordinal);
        Assert.Contains("EHLO mail.mailstead.test", first.Commands);
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);
        Assert.Single(first.Messages);
    }

    [Fact]
    public async Task When_the_preferred_server_is_down_or_busy_the_next_one_gets_it()
    {
        await using var second = new SmtpSink("127.0.1.2", world.Port);
        await world.SubmitAsync("Next", [$"<x@order.{Zone}>"]);
        await second.WaitForMessageAsync();

        await using var busy = new SmtpSink("127.0.1.1", world.Port) { Answer = line => line == "CONNECT" ? "421 4.3.2 Busy" : null };
        await world.SubmitAsync("Next again", [$"<x@order.{Zone}>"]);
        await second.WaitForMessageAsync(message => message.Content.Contains("Next again", StringComparison.Ordinal));

        Assert.NotEmpty(busy.ConnectedAt);
    }

    [Fact]
    public async Task A_domain_without_mx_gets_its_mail_at_its_own_address()
    {
        await using var sink = new SmtpSink("127.0.1.3", world.Port) { Extensions = [] };
        await world.SubmitAsync("Plain", [$"<x@plain.{Zone}>"]);

        var message = await sink.WaitForMessageAsync();

        Assert.Equal($"MAIL FROM:<{DemoServer.Alice}>", message.Mail);
        Assert.False(message.IsEncrypted);
    }

    [Fact]
    public async Task A_server_that_offers_tls_gets_the_message_encrypted()
    {
        await using var sink = new SmtpSink("127.0.1.4", world.Port) { Extensions = ["STARTTLS"] };
        await world.SubmitAsync("Secret", [$"<x@tls.{Zone}>"]);

        var message = await sink.WaitForMessageAsync();

        Assert.True(message.IsEncrypted);
        Assert.Equal(2, sink.Commands.Count(line => line.StartsWith("EHLO", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Where_tls_fails_the_message_goes_without()
    {
        await using var sink = new SmtpSink("127.0.1.5", world.Port) { Extensions = ["STARTTLS"], BreaksTls = true };
        await world.SubmitAsync("Opportunity", [$"<x@badtls.{Zone}>"]);

        var message = await sink.WaitForMessageAsync();

        Assert.False(message.IsEncrypted);
    }

    [Fact]
    public async Task A_temporary_refusal_is_tried_again_later_and_later()
    {
        var refusals = 3;
        await using var sink = new SmtpSink("127.0.1.6", world.Port)
        {
            Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) && refusals-- > 0 ? "451 4.7.1 Greylisted" : null,
        };
        await world.SubmitAsync("Retry", [$"<x@retry.{Zone}>"]);

        await sink.WaitForMessageAsync();

        var times = sink.ConnectedAt.ToList();
        Assert.Equal(4, times.Count);
        var waits = times.Zip(times.Skip(1), (one, next) => TimeProvider.System.GetElapsedTime(one, next).TotalSeconds).ToList();
        // At least 95 % of 1, 2 and 3 s; a busy machine may make them longer.
        Assert.True(waits[0] > 0.9 && waits[1] > 1.8 && waits[2] > 2.7, string.Join(' ', waits.Select(w => w.ToString(CultureInfo.InvariantCulture))));
    }

    [Fact]
    public async Task One_recipients_trouble_is_its_own()
    {
        var isRefused = true;
        await using var sink = new SmtpSink("127.0.1.10", world.Port)
        {
            Answer = line =>
            {
                if (line.StartsWith($"RCPT TO:<never@mixed.{Zone}>", StringComparison.Ordinal))
                    return "550 5.1.1 No such user";
                if (!isRefused || !line.StartsWith($"RCPT TO:<later@mixed.{Zone}>", StringComparison.Ordinal))
                    return null;
                isRefused = false;
                return "450 4.2.1 Not now";
            },
        };
        await world.SubmitAsync("Mixed", [$"<now@mixed.{Zone}>", $"<later@mixed.{Zone}>", $"<never@mixed.{Zone}>"]);

        var report = await StatusReport.WaitAsync(world.Server, "Mixed", "failed");
        await sink.WaitForMessageAsync(message => message.Recipients.Single() == $"RCPT TO:<later@mixed.{Zone}>");
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);

        Assert.Equal($"rfc822; never@mixed.{Zone}", report.Groups[1]["Final-Recipient"]);
        Assert.Equal(2, report.Groups.Count);
        Assert.Equal(2, sink.Messages.Count);
        Assert.Equal([$"RCPT TO:<now@mixed.{Zone}>"], sink.Messages.First().Recipients);
    }

    [Fact]
    public async Task A_connection_cut_amid_the_content_is_tried_again_and_delivers_once()
    {
        await using var sink = new SmtpSink("127.0.1.8", world.Port) { CutsDuringContent = 2 };
        await world.SubmitAsync("Cut", [$"<x@cut.{Zone}>"], body: string.Concat(Enumerable.Repeat("A line of a long message\r\n", 20_000)));

        var message = await sink.WaitForMessageAsync();
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);

        Assert.Single(sink.Messages);
        Assert.Equal(3, sink.ConnectedAt.Count);
        Assert.EndsWith("A line of a long message\r\n", message.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_message_comes_back_as_a_report()
    {
        await using var sink = new SmtpSink("127.0.1.7", world.Port)
        {
            Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550-5.1.1 No such\r\n550 5.1.1 user here" : null,
        };
        await world.SubmitAsync("Refused", [$"<x@refuse.{Zone}> ORCPT=rfc822;first+2Bchoice@example.org"], $"<{DemoServer.Alice}> RET=FULL ENVID=id+2B7");

        var report = await StatusReport.WaitAsync(world.Server, "Refused", "failed");

        Assert.Equal("<>", report.Message.Headers["Return-Path"]);
        Assert.Equal("auto-replied", report.Message.Headers["Auto-Submitted"]);
        Assert.Equal("dns; mail.mailstead.test", report.Groups[0]["Reporting-MTA"]);
        Assert.Equal("id+7", report.Groups[0]["Original-Envelope-Id"]);
        Assert.Equal("rfc822; first+choice@example.org", report.Groups[1]["Original-Recipient"]);
        Assert.Equal($"rfc822; x@refuse.{Zone}", report.Groups[1]["Final-Recipient"]);
        Assert.Equal("5.1.1", report.Groups[1]["Status"]);
        Assert.Equal($"dns; refuse.{Zone}", report.Groups[1]["Remote-MTA"]);
        Assert.StartsWith("smtp; 550 5.1.1 No such", report.Groups[1]["Diagnostic-Code"], StringComparison.Ordinal);
        var original = Assert.IsType<MimeKit.MessagePart>(report.Original);
        Assert.Equal("Refused", original.Message!.Subject);
    }

    [Theory]
    [InlineData("takesnone", "5.1.10")]
    [InlineData("missing", "5.1.2")]
    [InlineData("nowhere", "5.4.4")]
    [InlineData("inner", "5.4.4")]
    public async Task A_domain_that_can_not_get_mail_is_reported_at_once(string domain, string status)
    {
        await world.SubmitAsync("To " + domain, [$"<x@{domain}.{Zone}>"]);

        var report = await StatusReport.WaitAsync(world.Server, "To " + domain, "failed");

        Assert.Equal(status, report.Groups[1]["Status"]);
        Assert.Equal("message/delivery-status", report.Message.BodyParts.ElementAt(1).ContentType.MimeType);
    }

    [Fact]
    public async Task An_address_beyond_ascii_goes_to_servers_that_take_it_and_is_reported_for_others()
    {
        await using var modern = new SmtpSink("127.0.1.15", world.Port);
        await using var old = new SmtpSink("127.0.1.16", world.Port) { Extensions = ["8BITMIME"] };
        await world.SubmitAsync("Wide", [$"<ю@utf8.{Zone}>", $"<ю@ascii.{Zone}>"], $"<{DemoServer.Alice}> SMTPUTF8 BODY=8BITMIME");

        var message = await modern.WaitForMessageAsync();
        var report = await StatusReport.WaitAsync(world.Server, "Wide", "failed");

        Assert.EndsWith(" BODY=8BITMIME SMTPUTF8", message.Mail, StringComparison.Ordinal);
        Assert.Equal($"RCPT TO:<ю@utf8.{Zone}>", message.Recipients.Single());
        Assert.Empty(old.Messages);
        Assert.Equal("5.6.7", report.Groups[1]["Status"]);
        Assert.Equal($"utf-8; ю@ascii.{Zone}", report.Groups[1]["Final-Recipient"]);
        Assert.Equal("message/global-delivery-status", report.Message.BodyParts.ElementAt(1).ContentType.MimeType);
    }

    [Fact]
    public async Task The_null_sender_is_never_told_anything()
    {
        await using var sink = new SmtpSink("127.0.1.14", world.Port)
        {
            Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 No" : null,
        };
        await world.SubmitAsync("From nobody", [$"<x@lost.{Zone}> NOTIFY=SUCCESS,FAILURE"], "<>");
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);

        Assert.Single(sink.ConnectedAt);
        Assert.Contains("MAIL FROM:<>", sink.Commands.Single(line => line.StartsWith("MAIL", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_to_elsewhere_has_the_null_sender_and_ends_with_it()
    {
        await using var sink = new SmtpSink("127.0.1.11", world.Port)
        {
            Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 No" : null,
        };
        using (var admin = new AdminApi(world.Server))
        {
            var organization = await admin.OrganizationAsync();
            var carol = await admin.UserIdAsync(organization, "carol");
            await admin.CallAsync("UpdateMailboxQuota", new { OrganizationId = organization, UserId = carol, MailboxQuota = 1 });
        }

        using var session = await SmtpSession.OpenAsync(world.Server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        var reply = await session.SendMessageAsync(
            $"<x@sender.{Zone}>", [$"<{DemoServer.Carol}>"], "Subject: Too big\r\n\r\n" + string.Concat(Enumerable.Repeat("Much\r\n", 300_000)));
        Assert.StartsWith("250", reply, StringComparison.Ordinal);

        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while (!sink.Commands.Any(line => line.StartsWith("RCPT", StringComparison.Ordinal)))
        {
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, "No report came");
            await Task.Delay(50);
        }

        await DeliveryTables.WaitUntilEmptyAsync(world.Server);
        Assert.Single(sink.Commands, line => line.StartsWith("MAIL FROM:<>", StringComparison.Ordinal));
        Assert.Equal($"RCPT TO:<x@sender.{Zone}> NOTIFY=NEVER", sink.Commands.Single(line => line.StartsWith("RCPT", StringComparison.Ordinal)));
    }
}

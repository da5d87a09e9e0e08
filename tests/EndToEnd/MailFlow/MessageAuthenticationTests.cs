using MailKit;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>Who has sent a message from outside, by SPF, DKIM and DMARC, and what comes of it.</summary>
public sealed class MessageAuthenticationTests(SendersWorld world) : IClassFixture<SendersWorld>, IDisposable
{
    private const string Zone = OutsideWorld.Zone;
    private const string Host = "mail.mailstead.test";

    private readonly AdminApi admin = new(world.Server);

    public void Dispose() => admin.Dispose();

    [Fact]
    public async Task A_message_from_where_its_domain_sends_has_a_field_that_says_so()
    {
        await Tool.MustAsync("swaks",
            ["--server", $"127.0.0.1:{world.Server.Smtp}", "--helo", $"client.{Zone}", "--from", $"a@approved.{Zone}", "--to", DemoServer.Bob, "--header", "Subject: Approved"]);

        var message = await world.WaitAsync(DemoServer.Bob, "Approved");

        Assert.Contains($"{Host};", Results(message), StringComparison.Ordinal);
        Assert.Contains($"spf=pass", Results(message), StringComparison.Ordinal);
        Assert.Contains($"smtp.mailfrom=a@approved.{Zone}", Results(message), StringComparison.Ordinal);
        Assert.Contains("dkim=none", Results(message), StringComparison.Ordinal);
        Assert.Contains($"dmarc=pass header.from=approved.{Zone}", Results(message), StringComparison.Ordinal);
        Assert.StartsWith("pass", message.Headers["Received-SPF"], StringComparison.Ordinal);
        Assert.Contains("client-ip=127.0.0.1", message.Headers["Received-SPF"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forgery_is_refused_when_its_domain_wants_that()
    {
        var reply = await SendAsync($"a@strict.{Zone}", Message($"a@strict.{Zone}", "Refused"));

        Assert.StartsWith("550 5.7.1 ", reply, StringComparison.Ordinal);
        Assert.Contains("DMARC", reply, StringComparison.Ordinal);

        // The envelope of an honest domain does not make the author honest.
        reply = await SendAsync($"a@approved.{Zone}", Message($"a@strict.{Zone}", "Refused as well"));
        Assert.StartsWith("550 5.7.1 ", reply, StringComparison.Ordinal);
        // Nor does an honest author beside.
        reply = await SendAsync($"a@approved.{Zone}", Message($"a@approved.{Zone}, a@strict.{Zone}", "And this"));
        Assert.StartsWith("550 5.7.1 ", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forgery_is_junk_when_its_domain_wants_that()
    {
        Assert.StartsWith("250", await SendAsync($"a@careful.{Zone}", Message($"a@careful.{Zone}", "Doubtful")), StringComparison.Ordinal);

        var message = await world.WaitAsync(DemoServer.Bob, "Doubtful", SpecialFolder.Junk);

        Assert.Contains("spf=fail", Results(message), StringComparison.Ordinal);
        Assert.Contains("dmarc=fail (p=quarantine dis=quarantine)", Results(message), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rsa", "rsa-sha256")]
    [InlineData("ed", "ed25519-sha256")]
    public async Task A_signature_of_the_authors_domain_makes_it_honest_wherever_it_comes_from(string selector, string algorithm)
    {
        var key = selector == "rsa" ? SendersWorld.SigningKey.ExportRSAPrivateKeyPem() : SendersWorld.Ed25519Key;
        var subject = $"Signed {algorithm}";
        var signed = await DkimTool.SignAsync(Message($"a@signed.{Zone}", subject), $"signed.{Zone}", selector, key, algorithm);
        Assert.StartsWith("250", await SendAsync($"forwarder@approved.{Zone}", signed), StringComparison.Ordinal);

        var results = Results(await world.WaitAsync(DemoServer.Bob, subject));

        Assert.Contains($"dkim=pass header.d=signed.{Zone} header.s={selector}", results, StringComparison.Ordinal);
        Assert.Contains($"dmarc=pass header.from=signed.{Zone}", results, StringComparison.Ordinal);
        // Changed on its way, it is nobody's.
        Assert.StartsWith("550 5.7.1 ", await SendAsync($"forwarder@approved.{Zone}", signed + "P.S.: Send money\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_organization_may_take_what_others_call_forged()
    {
        var organization = await admin.OrganizationAsync();
        await admin.CallAsync("PutInboundDmarcSettings", new { OrganizationId = organization, Enforced = false });
        try
        {
            var deadline = TimeProvider.System.GetUtcNow().AddSeconds(30);
            while (!(await SendAsync($"a@strict.{Zone}", Message($"a@strict.{Zone}", "Taken"))).StartsWith("250", StringComparison.Ordinal))
            {
                Assert.True(TimeProvider.System.GetUtcNow() < deadline, "The setting did not act");
                await Task.Delay(200);
            }

            Assert.Contains("dmarc=fail", Results(await world.WaitAsync(DemoServer.Bob, "Taken")), StringComparison.Ordinal);
        }
        finally
        {
            await admin.CallAsync("PutInboundDmarcSettings", new { OrganizationId = organization, Enforced = true });
            // Other tests go on when it acts again.
            while ((await SendAsync($"a@strict.{Zone}", Message($"a@strict.{Zone}", "Until refused"))).StartsWith("250", StringComparison.Ordinal))
                await Task.Delay(200);
        }
    }

    [Fact]
    public async Task Nobody_outside_speaks_in_our_name()
    {
        var forged = $"Authentication-Results: {Host}; dmarc=pass header.from=bank.example\r\n"
            + $"Authentication-Results: (so it is) {Host.ToUpperInvariant()} 1;\r\n\tspf=pass\r\n"
            + "Authentication-Results: relay.example; spf=pass\r\n";
        Assert.StartsWith("250", await SendAsync($"a@approved.{Zone}", forged + Message($"a@approved.{Zone}", "Claims")), StringComparison.Ordinal);

        var message = await world.WaitAsync(DemoServer.Bob, "Claims");

        var fields = message.Headers.Where(header => header.Field == "Authentication-Results").Select(header => header.Value).ToList();
        Assert.Equal(2, fields.Count);
        Assert.Contains($"dmarc=pass header.from=approved.{Zone}", fields[0], StringComparison.Ordinal);
        Assert.Equal("relay.example; spf=pass", fields[1].Trim());
    }

    private static string Results(MimeMessage message) => message.Headers["Authentication-Results"] ?? "";

    private static string Message(string from, string subject) =>
        $"From: {from}\r\nTo: {DemoServer.Bob}\r\nSubject: {subject}\r\nDate: Tue, 01 Dec 2026 12:00:00 +0000\r\n"
        + $"Message-ID: <{Guid.NewGuid():N}@{Zone}>\r\n\r\nA  line \r\n.and more\r\n";

    private async Task<string> SendAsync(string sender, string message)
    {
        using var session = await SmtpSession.OpenAsync(world.Server.Smtp);
        await session.MustAsync($"EHLO client.{Zone}", "250");
        return await session.SendMessageAsync($"<{sender}>", [$"<{DemoServer.Bob}>"], message.Replace("\r\n.", "\r\n..", StringComparison.Ordinal));
    }
}

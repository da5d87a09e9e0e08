using System.Security.Cryptography;
using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>A server that may write to the name server of the zone <c>example.</c>, with a signing key.</summary>
public sealed class WritableZone : IAsyncLifetime
{
    private static readonly string Key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    internal OwnerZone Zone { get; } = new("example", Key);

    internal MailsteadServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await MailsteadServer.StartAsync(
        ["--demo", "--dns", Zone.Address, "--hostname", "mx.records.example"],
        new()
        {
            ["MAILSTEAD_Directories__VerificationInterval"] = "00:00:01",
            ["MAILSTEAD_Directories__RecordCheckInterval"] = "00:00:01",
            ["MAILSTEAD_Directories__ZoneServer"] = Zone.Address,
            ["MAILSTEAD_Directories__ZoneKeyName"] = "writer",
            ["MAILSTEAD_Directories__ZoneKey"] = Key,
        });

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
        await Zone.DisposeAsync();
    }
}

/// <summary>What a domain's DNS should have and has: looked up in a real name server, written to it, read by it as a zone file.</summary>
public sealed class DomainRecordTests(WritableZone world) : IClassFixture<WritableZone>, IAsyncLifetime
{
    private readonly OwnerZone zone = world.Zone;
    private readonly AdminApi admin = new(world.Server);

    /// <summary>Another one for each test, below the zone's own name.</summary>
    private readonly string domain = $"d{Guid.NewGuid():N}.example";
    private string o = "";

    public async ValueTask InitializeAsync()
    {
        o = await admin.OrganizationAsync();
        await admin.CallAsync("RegisterMailDomain", new { OrganizationId = o, DomainName = domain });
    }

    public ValueTask DisposeAsync()
    {
        admin.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Records_are_told_checked_written_and_checked_again()
    {
        var asked = await RecordsAsync();
        Assert.Equal(
            "OWNERSHIP_TOKEN PENDING,INBOUND_MAIL MISSING,AUTODISCOVER MISSING,DKIM PENDING,DKIM PENDING,DKIM PENDING,SPF MISSING,DMARC MISSING", Statuses(asked));
        // Nobody proves a domain by way of the installation's right to write zones.
        Assert.Contains("MailDomainStateException", await FailAsync("UpdateMailDomainZone", new { OrganizationId = o, DomainName = domain }), StringComparison.Ordinal);

        // The owner proves it, and somebody else sends and receives for it so far.
        await zone.ChangeAsync(
            $"add {Text(asked[0], "Hostname")} 1 TXT \"{Text(asked[0], "Value")}\"", $"add {domain}. 1 TXT \"v=spf1 ip4:192.0.2.7 -all\"",
            $"add {domain}. 1 TXT \"somebody-else=1\"", $"add {domain}. 1 MX 5 old.records.example.");
        await zone.ChangeAsync($"add {Text(asked[3], "Hostname")} 1 TXT \"v=DKIM1; p=AAAA\"");
        asked = await RecordsAsync();
        Assert.Equal(
            "OWNERSHIP_TOKEN VERIFIED,INBOUND_MAIL INCONSISTENT,AUTODISCOVER MISSING,DKIM FAILED,DKIM PENDING,DKIM PENDING,SPF INCONSISTENT,DMARC MISSING", Statuses(asked));
        Assert.Equal("5 old.records.example.", asked[1].GetProperty("Found")[0].GetString());
        Assert.Equal("FAILED", Text(await admin.CallAsync("GetMailDomain", new { OrganizationId = o, DomainName = domain }), "DkimVerificationStatus"));

        var written = (await admin.CallAsync("MailsteadService.UpdateMailDomainZone", new { OrganizationId = o, DomainName = domain })).GetProperty("Records");
        Assert.Equal(7, written.GetArrayLength());
        asked = await RecordsAsync();
        Assert.All(asked, record => Assert.Equal("VERIFIED", Text(record, "Status")));
        // Whoever sent for the domain goes on doing so, and what is not about mail stays.
        Assert.Equal("v=spf1 a:mx.records.example ip4:192.0.2.7 -all", asked.Single(record => Text(record, "Purpose") == "SPF").GetProperty("Found")[0].GetString());
        Assert.Contains("somebody-else=1", await DigAsync(domain, "TXT"), StringComparison.Ordinal);
        var told = await admin.CallAsync("GetMailDomain", new { OrganizationId = o, DomainName = domain });
        Assert.Equal("VERIFIED VERIFIED", $"{Text(told, "OwnershipVerificationStatus")} {Text(told, "DkimVerificationStatus")}");

        // Behind everybody's back it is seen that one is gone.
        await zone.ChangeAsync($"delete {domain}. MX");
        await WaitAsync(async () => Statuses(await RecordsAsync(cached: true)).Contains("INBOUND_MAIL MISSING", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_of_signatures_are_rotated_when_the_next_is_published()
    {
        var before = await RecordsAsync();
        Assert.Contains("MailDomainStateException", await FailAsync("RotateDkimKeys", new { OrganizationId = o, DomainName = domain }), StringComparison.Ordinal);
        // A long text is several strings of a record.
        var dkim = before.Where(record => Text(record, "Purpose") == "DKIM").ToList();
        var parts = string.Join(' ', Text(dkim[1], "Value").Chunk(200).Select(part => $"\"{new string(part)}\""));
        await zone.ChangeAsync($"add {Text(dkim[1], "Hostname")} 1 TXT {parts}");

        var rotated = (await admin.CallAsync("MailsteadService.RotateDkimKeys", new { OrganizationId = o, DomainName = domain })).GetProperty("Records");
        var names = rotated.EnumerateArray().Select(record => Text(record, "Hostname")).ToList();
        Assert.Equal(3, names.Count);
        Assert.Contains(Text(dkim[1], "Hostname"), names);
        Assert.DoesNotContain(Text(dkim[0], "Hostname"), names);
        Assert.DoesNotContain(Text(dkim[2], "Hostname"), names);
        Assert.Equal(["ed25519", "rsa", "rsa"], rotated.EnumerateArray().Select(record => Text(record, "Value").Split("k=")[1].Split(';')[0]).Order());
    }

    [Fact]
    public async Task The_zone_file_is_one_that_a_name_server_loads()
    {
        await admin.CallAsync("MailsteadService.PutMailFromDomain", new { OrganizationId = o, DomainName = domain, MailFromDomain = "bounce." + domain });
        Assert.Contains("InvalidParameterException", await FailAsync("PutMailFromDomain", new { OrganizationId = o, DomainName = domain, MailFromDomain = "bounce.other.example" }), StringComparison.Ordinal);
        var file = Text(await admin.CallAsync("MailsteadService.GetMailDomainZone", new { OrganizationId = o, DomainName = domain }), "ZoneFile");
        await using var loaded = await Knot.StartAsync(domain, file);
        var asked = await RecordsAsync();
        Assert.Equal(10, asked.Count);
        foreach (var record in asked)
        {
            var answer = await DigAsync(Text(record, "Hostname"), Text(record, "Type"), loaded.Address);
            Assert.Contains(Text(record, "Value"), answer.Replace("\" \"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        Assert.Contains("mx.records.example.", await DigAsync($"_imaps._tcp.{domain}", "SRV", loaded.Address), StringComparison.Ordinal);
        await admin.CallAsync("MailsteadService.DeleteMailFromDomain", new { OrganizationId = o, DomainName = domain });
        Assert.Equal(8, (await RecordsAsync()).Count);
    }

    [Fact]
    public async Task A_domain_that_is_gone_or_anothers_tells_nothing()
    {
        const string later = "later.example";
        await admin.CallAsync("RegisterMailDomain", new { OrganizationId = o, DomainName = later });
        await admin.CallAsync("MailsteadService.ListMailDomainRecords", new { OrganizationId = o, DomainName = later });
        var other = Text(await admin.CallAsync("CreateOrganization", new { Alias = "elsewhere" }), "OrganizationId");
        await WaitAsync(async () => Text(await admin.CallAsync("DescribeOrganization", new { OrganizationId = other }), "State") == "Active");
        await admin.CallAsync("DeregisterMailDomain", new { OrganizationId = o, DomainName = later });
        foreach (var operation in new[] { "ListMailDomainRecords", "GetMailDomainZone", "UpdateMailDomainZone", "RotateDkimKeys", "DeleteMailFromDomain" })
        {
            Assert.Contains("MailDomainNotFoundException", await FailAsync(operation, new { OrganizationId = o, DomainName = later }), StringComparison.Ordinal);
            Assert.Contains("MailDomainNotFoundException", await FailAsync(operation, new { OrganizationId = other, DomainName = domain }), StringComparison.Ordinal);
        }

        // A server that does not know the zone is told of.
        Assert.Contains("MailDomainStateException", await FailAsync("UpdateMailDomainZone", new { OrganizationId = o, DomainName = "demo.mailstead.test" }), StringComparison.Ordinal);
    }

    private async Task<List<JsonElement>> RecordsAsync(bool cached = false) =>
        [.. (await admin.CallAsync("MailsteadService.ListMailDomainRecords", new { OrganizationId = o, DomainName = domain, Cached = cached })).GetProperty("Records").EnumerateArray()];

    private async Task<string> FailAsync(string operation, object members) =>
        (await Assert.ThrowsAnyAsync<Exception>(() => admin.CallAsync("MailsteadService." + operation, members))).Message;

    private async Task<string> DigAsync(string name, string type, string? address = null)
    {
        var place = (address ?? zone.Address).Split(':');
        return (await Tool.RunAsync("kdig", ["@" + place[0], "-p", place[1], "+short", "+tcp", name, type])).Output;
    }

    private static async Task WaitAsync(Func<Task<bool>> isSo)
    {
        for (var attempt = 0; !await isSo(); attempt++)
        {
            Assert.True(attempt < 120, "not within 30 s");
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }
    }

    private static string Statuses(IEnumerable<JsonElement> records) =>
        string.Join(',', records.Select(record => $"{Text(record, "Purpose")} {Text(record, "Status")}"));

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}

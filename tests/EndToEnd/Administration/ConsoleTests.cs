using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>What the public API has no operation for: rules of mail flow, gateways, the journal and what else belongs to an organization as a whole.</summary>
public sealed class ConsoleTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private static readonly string[] All = ["*"];

    private readonly AdminApi admin = new(demo.Server);

    [Fact]
    public async Task Rules_of_mail_flow_are_kept_and_say_what_they_would_do()
    {
        var o = await admin.OrganizationAsync();
        await OwnAsync("PutMailFlowRule", new { OrganizationId = o, Name = "all junk", Direction = "INBOUND", Action = "MOVE_TO_JUNK", SenderPatterns = All, RecipientPatterns = All });
        await OwnAsync("PutMailFlowRule", new { OrganizationId = o, Name = "partner", Direction = "INBOUND", Action = "BYPASS_SPAM_CHECK", SenderPatterns = new[] { "*.Partner.example" }, RecipientPatterns = All });
        Assert.Equal("MOVE_TO_JUNK all junk", await TestAsync("INBOUND", "x@elsewhere.example"));
        Assert.Equal("BYPASS_SPAM_CHECK partner", await TestAsync("INBOUND", "x@mail.partner.example"));
        Assert.Equal("DEFAULT ", await TestAsync("OUTBOUND", "alice@demo.mailstead.test"));

        // Again under its name: another one in its place.
        await OwnAsync("PutMailFlowRule", new { OrganizationId = o, Name = "partner", Direction = "INBOUND", Action = "DROP", SenderPatterns = new[] { "partner.example" }, RecipientPatterns = All });
        Assert.Equal("DROP partner", await TestAsync("INBOUND", "x@partner.example"));
        var rules = (await OwnAsync("ListMailFlowRules", new { OrganizationId = o })).GetProperty("Rules");
        Assert.Equal(["all junk", "partner"], rules.EnumerateArray().Select(rule => Text(rule, "Name")));
        await OwnAsync("DeleteMailFlowRule", new { OrganizationId = o, Name = "partner", Direction = "INBOUND" });
        Assert.Equal("MOVE_TO_JUNK all junk", await TestAsync("INBOUND", "x@partner.example"));

        await OwnAsync("PutSmtpGateway", new { OrganizationId = o, Name = "archive", Host = "relay.example", Port = 587, UserName = "u", Password = "Secret-7" });
        await OwnAsync("PutMailFlowRule", new { OrganizationId = o, Name = "out", Direction = "OUTBOUND", Action = "ROUTE_TO_SMTP_GATEWAY", SenderPatterns = All, RecipientPatterns = All, GatewayName = "archive" });
        await OwnAsync("PutSmtpGateway", new { OrganizationId = o, Name = "archive", Host = "relay2.example", Port = 465, UserName = "u" });
        var gateways = await OwnAsync("ListSmtpGateways", new { OrganizationId = o });
        Assert.DoesNotContain("Secret-7", gateways.ToString(), StringComparison.Ordinal);
        Assert.Equal("relay2.example", Text(Assert.Single(gateways.GetProperty("Gateways").EnumerateArray()), "Host"));
        Assert.Contains("EntityStateException", await FailAsync("DeleteSmtpGateway", new { OrganizationId = o, Name = "archive" }), StringComparison.Ordinal);
        await OwnAsync("DeleteMailFlowRule", new { OrganizationId = o, Name = "out", Direction = "OUTBOUND" });
        await OwnAsync("DeleteSmtpGateway", new { OrganizationId = o, Name = "archive" });

        async Task<string> TestAsync(string direction, string sender)
        {
            var told = await OwnAsync("TestMailFlowRules", new { OrganizationId = o, Direction = direction, Sender = sender, Recipient = "bob@demo.mailstead.test" });
            return $"{Text(told, "Action")} {(told.TryGetProperty("RuleName", out var name) ? name.GetString() : "")}";
        }
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_and_says_what_to_change()
    {
        var o = await admin.OrganizationAsync();
        var function = new { Target = "https://functions.example/mail", Synchronous = true };
        foreach (var (rule, member) in new (object Rule, string Member)[]
        {
            (new { Action = "MOVE_TO_JUNK", Direction = "OUTBOUND" }, "Action"),
            (new { Action = "ROUTE_TO_SMTP_GATEWAY", Direction = "INBOUND" }, "Action"),
            (new { Action = "ROUTE_TO_SMTP_GATEWAY", Direction = "OUTBOUND" }, "GatewayName"),
            (new { Action = "ROUTE_TO_SMTP_GATEWAY", Direction = "OUTBOUND", GatewayName = "nowhere" }, "GatewayName"),
            (new { Action = "DROP", Direction = "INBOUND", GatewayName = "x" }, "GatewayName"),
            (new { Action = "DROP", Direction = "INBOUND", Function = function }, "Function"),
            (new { Action = "RUN_FUNCTION", Direction = "INBOUND" }, "Function"),
            (new { Action = "RUN_FUNCTION", Direction = "INBOUND", Function = function, RecipientPatterns = new[] { "demo.mailstead.test" } }, "RecipientPatterns"),
            (new { Action = "RUN_FUNCTION", Direction = "INBOUND", Function = new { Target = "http://plain.example" } }, "target"),
            (new { Action = "RUN_FUNCTION", Direction = "INBOUND", Function = new { Target = "https://x.example", FallbackAction = "RUN_FUNCTION" } }, "FallbackAction"),
            (new { Action = "RUN_FUNCTION", Direction = "INBOUND", Function = new { Target = "https://x.example", TimeoutMinutes = 241 } }, "timeoutMinutes"),
            (new { Action = "DROP", Direction = "INBOUND", SenderPatterns = new[] { "a+b@example.com" } }, "SenderPatterns"),
            (new { Action = "DROP", Direction = "INBOUND", SenderPatterns = Array.Empty<string>() }, "senderPatterns"),
        })
        {
            var members = new Dictionary<string, object> { ["OrganizationId"] = o, ["Name"] = "wrong", ["SenderPatterns"] = All, ["RecipientPatterns"] = All };
            foreach (var property in rule.GetType().GetProperties())
                members[property.Name] = property.GetValue(rule)!;
            var told = await FailAsync("PutMailFlowRule", members);
            Assert.Contains("InvalidParameterException", told, StringComparison.Ordinal);
            Assert.Contains(member, told, StringComparison.Ordinal);
        }

        // 250 for a rule, 1,000 for all of them.
        for (var number = 0; number < 5; number++)
        {
            var patterns = Enumerable.Range(0, 250).Select(one => $"s{one}.n{number}.example");
            var put = OwnAsync("PutMailFlowRule", new { OrganizationId = o, Name = $"many {number}", Direction = "INBOUND", Action = "DROP", SenderPatterns = patterns, RecipientPatterns = All });
            if (number < 3)
                await put;
            else
                Assert.Contains(number == 3 ? "" : "LimitExceededException", (await Record.ExceptionAsync(() => put))?.Message ?? "", StringComparison.Ordinal);
        }

        for (var number = 0; number < 4; number++)
            await OwnAsync("DeleteMailFlowRule", new { OrganizationId = o, Name = $"many {number}", Direction = "INBOUND" });
        Assert.Contains("Password", await FailAsync("PutSmtpGateway", new { OrganizationId = o, Name = "new", Host = "relay.example", Port = 25, UserName = "u" }), StringComparison.Ordinal);
        Assert.Contains("ReportAddress", await FailAsync("PutJournaling", new { OrganizationId = o, JournalAddress = "a@b.example", ReportAddress = "A@b.example" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_journal_the_policy_of_devices_and_the_migration_are_set_and_told()
    {
        var o = await admin.OrganizationAsync();
        Assert.False((await OwnAsync("DescribeJournaling", new { OrganizationId = o })).GetProperty("Enabled").GetBoolean());
        await OwnAsync("PutJournaling", new { OrganizationId = o, JournalAddress = "Journal@archive.example", ReportAddress = "ops@archive.example" });
        Assert.Equal("journal@archive.example", Text(await OwnAsync("DescribeJournaling", new { OrganizationId = o }), "JournalAddress"));
        await OwnAsync("DeleteJournaling", new { OrganizationId = o });
        Assert.False((await OwnAsync("DescribeJournaling", new { OrganizationId = o })).GetProperty("Enabled").GetBoolean());

        await OwnAsync("PutMobileDevicePolicy", new { OrganizationId = o, Policy = new { RequirePassword = true, MinPasswordLength = 6 } });
        Assert.Equal(6, (await OwnAsync("DescribeMobileDevicePolicy", new { OrganizationId = o })).GetProperty("Policy").GetProperty("MinPasswordLength").GetInt32());
        Assert.Contains("minPasswordLength", await FailAsync("PutMobileDevicePolicy", new { OrganizationId = o, Policy = new { MinPasswordLength = 17 } }), StringComparison.Ordinal);

        var bob = await admin.UserIdAsync(o, "bob");
        await OwnAsync("PutMigrationAdministrator", new { OrganizationId = o, UserId = "bob" });
        Assert.Equal(bob, Text(await admin.CallAsync("DescribeOrganization", new { OrganizationId = o }), "MigrationAdmin"));
        Assert.Contains("EntityNotFoundException", await FailAsync("PutMigrationAdministrator", new { OrganizationId = o, UserId = "nobody" }), StringComparison.Ordinal);
        await OwnAsync("DeleteMigrationAdministrator", new { OrganizationId = o });
        Assert.False((await admin.CallAsync("DescribeOrganization", new { OrganizationId = o })).TryGetProperty("MigrationAdmin", out _));
        Assert.Contains("OrganizationName", await FailAsync("DisableInteroperability", new { OrganizationId = o, OrganizationName = "other" }), StringComparison.Ordinal);
        await OwnAsync("DisableInteroperability", new { OrganizationId = o, OrganizationName = "Demo" });
    }

    [Fact]
    public async Task Whose_an_address_is_is_told_to_its_organization_alone()
    {
        var o = await admin.OrganizationAsync();
        var bob = await admin.UserIdAsync(o, "bob");
        await admin.CallAsync("CreateAlias", new { OrganizationId = o, EntityId = bob, Alias = "robert@demo.mailstead.test" });
        var found = await OwnAsync("FindAddress", new { OrganizationId = o, Email = "Robert@DEMO.mailstead.test" });
        Assert.Equal($"{bob} bob USER False", $"{Text(found, "EntityId")} {Text(found, "Name")} {Text(found, "EntityType")} {found.GetProperty("IsPrimary").GetBoolean()}");
        Assert.True((await OwnAsync("FindAddress", new { OrganizationId = o, Email = "bob@demo.mailstead.test" })).GetProperty("IsPrimary").GetBoolean());
        Assert.False((await OwnAsync("FindAddress", new { OrganizationId = o, Email = "nobody@demo.mailstead.test" })).GetProperty("InUse").GetBoolean());

        var other = Text(await admin.CallAsync("CreateOrganization", new { Alias = "finders" }), "OrganizationId");
        for (var attempt = 0; Text(await admin.CallAsync("DescribeOrganization", new { OrganizationId = other }), "State") != "Active" && attempt < 200; attempt++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False((await OwnAsync("FindAddress", new { OrganizationId = other, Email = "bob@demo.mailstead.test" })).GetProperty("InUse").GetBoolean());
        await admin.CallAsync("DeleteOrganization", new { OrganizationId = other, DeleteDirectory = true });
    }

    private Task<JsonElement> OwnAsync(string operation, object members) => admin.CallAsync("MailsteadService." + operation, members);

    private async Task<string> FailAsync(string operation, object members) => (await Assert.ThrowsAnyAsync<Exception>(() => OwnAsync(operation, members))).Message;

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}

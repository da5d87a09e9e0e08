using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Organizations as a file describes them: <c>mailstead apply</c> and <c>mailstead export-config</c>.</summary>
public sealed class ConfigurationTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Described = """
        organizations:
          - alias: described
            tags: {cost-center: "17", owner: ops}
            inboundDmarcEnforced: false
            domains:
              - name: described.example
            users:
              - name: dora
                displayName: Dora D.
                email: dora@described.mailstead.test
                aliases: [d@described.mailstead.test]
                passwordEnv: DORAS_PASSWORD
                jobTitle: 007
                mailboxQuota: 100
                permissions:
                  - {grantee: team, permissions: [SEND_AS]}
              - {name: dick, displayName: Dick}
            groups:
              - {name: team, email: team@described.mailstead.test, members: [dora, dick]}
            resources:
              - name: room
                type: ROOM
                description: First floor
                bookingOptions: {autoAcceptRequests: true, autoDeclineConflictingRequests: true, autoDeclineRecurringRequests: false}
                email: room@described.mailstead.test
                delegates: [dora]
            accessControlRules:
              - {name: Default, effect: ALLOW, description: as it came}
              - {name: office, effect: DENY, description: not from there, notIpRanges: [127.0.0.0/8], users: [dick]}
            mailFlowRules:
              - {name: junk, direction: INBOUND, action: MOVE_TO_JUNK, senderPatterns: [spam.example], recipientPatterns: ["*"]}
            smtpGateways:
              - {name: relay, host: relay.example, port: 587, userName: us, passwordEnv: RELAY_PASSWORD}
            journaling: {journalAddress: j@archive.example, reportAddress: ops@archive.example}
            mobileDevicePolicy: {requirePassword: true, minPasswordLength: 6}
            retentionPolicy: {name: short, folderConfigurations: [{name: DELETED_ITEMS, action: DELETE, period: 30}]}

        """;

    private readonly AdminApi admin = new(demo.Server);

    [Fact]
    public async Task An_organization_becomes_what_a_file_says_and_stays_so()
    {
        Assert.Contains("changes; none was made", await ApplyAsync(Described, 0, "--dry-run"), StringComparison.Ordinal);
        Assert.DoesNotContain("described", string.Join(' ', await AliasesAsync()), StringComparison.Ordinal);
        Assert.Contains("add --yes", await ApplyAsync(Described, 2), StringComparison.Ordinal);

        var made = await ApplyAsync(Described, 0, "--yes");
        Assert.Contains("+ organization described", made, StringComparison.Ordinal);
        Assert.Contains("+ user dora", made, StringComparison.Ordinal);
        // Again: there is nothing left to do.
        Assert.Equal("organization described\nNothing to change.\n", await ApplyAsync(Described, 0, "--yes"));

        // It works as it is described: she signs in with the password of the variable.
        using (var client = await Mailbox.ConnectAsync(demo.Server))
            await client.AuthenticateAsync("d@described.mailstead.test", "Correct-horse-7", TestContext.Current.CancellationToken);
        var o = await admin.OrganizationAsync("described");
        var rule = await admin.CallAsync("MailsteadService.TestMailFlowRules", new { OrganizationId = o, Direction = "INBOUND", Sender = "x@spam.example", Recipient = "d@described.mailstead.test" });
        Assert.Equal("junk", rule.GetProperty("RuleName").GetString());
        Assert.Equal("007", (await admin.CallAsync("DescribeUser", new { OrganizationId = o, UserId = "dora" })).GetProperty("JobTitle").GetString());

        // What is written is what is read.
        var written = await MustAsync("export-config", "--organization", "described");
        Assert.DoesNotContain("Correct-horse-7", written, StringComparison.Ordinal);
        Assert.Contains("jobTitle: \"007\"", written, StringComparison.Ordinal);
        Assert.Equal("organization described\nNothing to change.\n", await ApplyAsync(written, 0, "--prune", "--yes"));

        var other = Described.Replace("Dora D.", "Dora E.", StringComparison.Ordinal).Replace("[dora, dick]", "[dora]", StringComparison.Ordinal)
            .Replace("      - {name: dick, displayName: Dick}\n", "", StringComparison.Ordinal)
            .Replace("aliases: [d@described.mailstead.test]", "aliases: [e@described.mailstead.test]", StringComparison.Ordinal)
            .Replace("{name: office, effect: DENY, description: not from there, notIpRanges: [127.0.0.0/8], users: [dick]}", "{name: office, effect: DENY, description: other, notIpRanges: [127.0.0.0/8]}", StringComparison.Ordinal)
            .Replace("{cost-center: \"17\", owner: ops}", "{owner: dev}", StringComparison.Ordinal)
            .Replace("journaling: {journalAddress: j@archive.example, reportAddress: ops@archive.example}", "journaling:", StringComparison.Ordinal);
        // Nothing is removed that nobody wants removed.
        var kept = await ApplyAsync(other, 0, "--yes");
        Assert.DoesNotContain("- user dick", kept, StringComparison.Ordinal);
        Assert.Contains("~ user dora: displayName 'Dora D.' -> 'Dora E.'", kept, StringComparison.Ordinal);
        var pruned = await ApplyAsync(other, 0, "--prune", "--yes");
        foreach (var line in new[] { "- user dick", "- group team: members dick", "- user dora: alias d@described.mailstead.test", "- tag cost-center" })
            Assert.Contains(line, pruned, StringComparison.Ordinal);
        Assert.Equal("organization described\nNothing to change.\n", await ApplyAsync(other, 0, "--prune", "--yes"));

        await admin.CallAsync("DeleteOrganization", new { OrganizationId = o, DeleteDirectory = true, ForceDelete = true });
    }

    [Theory]
    [InlineData("organizations:\n  - alias: demo\n    user:\n      - name: x\n", 2, ":3: there is no user here")]
    [InlineData("organizations:\n  - alias: demo\n    users:\n      - nmae: x\n", 2, ":4: there is no nmae here; a user has name, email")]
    [InlineData("organizations:\n  - alias: demo\n    users: alice\n", 2, ":3: this wants a list")]
    [InlineData("organizations:\n  - alias: [demo]\n", 2, ":2: this wants a value")]
    [InlineData("organizations: [", 2, "-:2: ")]
    [InlineData("organizations:\n  - users: []\n", 2, "each organization has an alias")]
    [InlineData("organizations:\n  - alias: demo\n    users:\n      - {name: alice, hiddenFromGlobalAddressList: perhaps}\n", 1, "wants true or false")]
    [InlineData("organizations:\n  - alias: demo\n    users:\n      - {name: new, passwordEnv: NOT_SET_ANYWHERE}\n", 1, "NOT_SET_ANYWHERE")]
    [InlineData("organizations:\n  - alias: demo\n    groups:\n      - {name: lonely, members: [nobody]}\n", 1, "There is no user, group or resource nobody")]
    [InlineData("organizations:\n  - alias: demo\n    users:\n      - {name: alice, email: alice@elsewhere.example}\n", 1, "MailDomainNotFoundException")]
    public async Task What_is_wrong_is_said(string file, int code, string said) => Assert.Contains(said, await ApplyAsync(file, code, "--yes"), StringComparison.Ordinal);

    private async Task<string[]> AliasesAsync() =>
        [.. (await admin.CallAsync("ListOrganizations", new { })).GetProperty("OrganizationSummaries").EnumerateArray().Select(row => row.GetProperty("Alias").GetString()!)];

    /// <summary>What is said on both outputs.</summary>
    private async Task<string> ApplyAsync(string file, int code, params string[] options)
    {
        var run = await RunAsync(["apply", "-f", "-", .. options], file);
        Assert.True(run.ExitCode == code, $"{run.ExitCode}: {run.Output}\n{run.Errors}");
        return run.Output + run.Errors;
    }

    private async Task<string> MustAsync(params string[] words)
    {
        var run = await RunAsync(words, null);
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        return run.Output;
    }

    private Task<Tool> RunAsync(string[] words, string? input) => Tool.RunAsync(
        Repository.Program, [.. words, "--endpoint", demo.Server.Http, "--data", demo.Server.Data],
        new Dictionary<string, string> { ["DORAS_PASSWORD"] = "Correct-horse-7", ["RELAY_PASSWORD"] = "Relay-secret-7" }, input, seconds: 120);
}

using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Settings of an organization as a whole, by Debian's AWS CLI and the AWS SDK for JavaScript.</summary>
public sealed class SettingTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Nowhere = "m-00000000000000000000000000000000";
    private const string LogGroup = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/workmail/events/demo:*";
    private const string Role = "arn:aws:iam::123456789012:role/WorkMailLogs";

    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task A_retention_policy_is_put_changed_and_deleted()
    {
        string[] there = ["--organization-id", await sdk.OrganizationIdAsync("demo")];
        await aws.WorkMailAsync(["put-retention-policy", .. there, "--name", "tidy", "--description", "Old mail goes", "--folder-configurations",
            "Name=DELETED_ITEMS,Action=PERMANENTLY_DELETE,Period=30", "Name=INBOX,Action=NONE"]);
        var policy = await aws.WorkMailAsync(["get-default-retention-policy", .. there]);
        Assert.Equal("tidy Old mail goes", $"{Text(policy, "Name")} {Text(policy, "Description")}");
        Assert.Equal(["DELETED_ITEMS PERMANENTLY_DELETE 30", "INBOX NONE "], policy.GetProperty("FolderConfigurations").EnumerateArray().Select(folder =>
            $"{Text(folder, "Name")} {Text(folder, "Action")} {(folder.TryGetProperty("Period", out var days) ? days.GetInt32() : "")}"));

        var id = Text(policy, "Id");
        await aws.WorkMailAsync(["put-retention-policy", .. there, "--id", id, "--name", "other", "--folder-configurations", "Name=DRAFTS,Action=DELETE,Period=730"]);
        policy = await aws.WorkMailAsync(["get-default-retention-policy", .. there]);
        Assert.Equal($"{id} other", $"{Text(policy, "Id")} {Text(policy, "Name")}");
        Assert.False(policy.TryGetProperty("Description", out _));
        await aws.WorkMailAsync(["delete-retention-policy", .. there, "--id", "another"]);
        await aws.WorkMailAsync(["delete-retention-policy", .. there, "--id", id]);
        Assert.Contains("EntityNotFoundException", await aws.RefusedAsync(["get-default-retention-policy", .. there]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dmarc_is_enforced_until_it_is_not_and_event_records_go_where_they_are_told_to()
    {
        string[] there = ["--organization-id", await sdk.OrganizationIdAsync("demo")];
        Assert.True((await aws.WorkMailAsync(["describe-inbound-dmarc-settings", .. there])).GetProperty("Enforced").GetBoolean());
        await aws.WorkMailAsync(["put-inbound-dmarc-settings", .. there, "--no-enforced"]);
        Assert.False((await aws.WorkMailAsync(["describe-inbound-dmarc-settings", .. there])).GetProperty("Enforced").GetBoolean());

        Assert.Contains("ResourceNotFoundException", await aws.RefusedAsync(["describe-email-monitoring-configuration", .. there]), StringComparison.Ordinal);
        await aws.WorkMailAsync(["put-email-monitoring-configuration", .. there, "--role-arn", Role, "--log-group-arn", LogGroup]);
        var monitoring = await aws.WorkMailAsync(["describe-email-monitoring-configuration", .. there]);
        Assert.Equal($"{Role} {LogGroup}", $"{Text(monitoring, "RoleArn")} {Text(monitoring, "LogGroupArn")}");
        await aws.WorkMailAsync(["delete-email-monitoring-configuration", .. there]);
        Assert.Contains("ResourceNotFoundException", await aws.RefusedAsync(["describe-email-monitoring-configuration", .. there]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_goes_when_nothing_needs_it_any_more()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        await sdk.ExpectAsync(
            ("RegisterMailDomain", new { OrganizationId = o, DomainName = "passing.example" }, ""),
            ("DeregisterMailDomain", new { OrganizationId = o, DomainName = "passing.example" }, ""),
            ("GetMailDomain", new { OrganizationId = o, DomainName = "passing.example" }, "MailDomainNotFoundException"),
            ("DeregisterMailDomain", new { OrganizationId = o, DomainName = "passing.example" }, ""),
            ("RegisterMailDomain", new { OrganizationId = o, DomainName = "passing.example" }, ""),
            ("DeregisterMailDomain", new { OrganizationId = o, DomainName = "demo.mailstead.test" }, "InvalidParameterException"),
            ("DeregisterMailDomain", new { OrganizationId = Nowhere, DomainName = "passing.example" }, "OrganizationNotFoundException"));
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        object Folder(string name, string action, int? period) => period is null ? new { Name = name, Action = action } : new { Name = name, Action = action, Period = period };
        object Policy(params object[] folders) => new { OrganizationId = o, Name = "p", FolderConfigurations = folders };
        await sdk.ExpectAsync(
            ("PutRetentionPolicy", Policy(), "InvalidParameterException"),
            ("PutRetentionPolicy", new { OrganizationId = o, Name = "p" }, "InvalidParameterException"),
            ("PutRetentionPolicy", Policy(Folder("INBOX", "DELETE", null)), "InvalidParameterException"),
            ("PutRetentionPolicy", Policy(Folder("INBOX", "DELETE", 731)), "InvalidParameterException"),
            ("PutRetentionPolicy", Policy(Folder("INBOX", "DELETE", 0)), "InvalidParameterException"),
            ("PutRetentionPolicy", Policy(Folder("OUTBOX", "DELETE", 1)), "InvalidParameterException"),
            ("PutRetentionPolicy", Policy(Folder("INBOX", "NONE", null), Folder("INBOX", "DELETE", 1)), "InvalidParameterException"),
            ("PutRetentionPolicy", new { OrganizationId = o, Id = "nothing", Name = "p", FolderConfigurations = new[] { Folder("INBOX", "NONE", null) } }, "InvalidParameterException"),
            ("PutRetentionPolicy", Policy(Folder("INBOX", "DELETE", 730)), ""),
            ("PutRetentionPolicy", Policy(Folder("INBOX", "DELETE", 1)), "LimitExceededException"),
            ("PutRetentionPolicy", new { OrganizationId = Nowhere, Name = "p", FolderConfigurations = new[] { Folder("INBOX", "NONE", null) } }, "OrganizationNotFoundException"),
            ("GetDefaultRetentionPolicy", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("DeleteRetentionPolicy", new { OrganizationId = Nowhere, Id = "x" }, "OrganizationNotFoundException"),
            ("GetDefaultRetentionPolicy", new { OrganizationId = o }, ""),
            ("DeleteRetentionPolicy", new { OrganizationId = o, Id = "$13.Id" }, ""),
            ("PutInboundDmarcSettings", new { OrganizationId = o }, "InvalidParameterException"),
            ("PutInboundDmarcSettings", new { OrganizationId = Nowhere, Enforced = true }, "OrganizationNotFoundException"),
            ("DescribeInboundDmarcSettings", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("PutEmailMonitoringConfiguration", new { OrganizationId = o, LogGroupArn = LogGroup.Replace(":*", "", StringComparison.Ordinal) }, "InvalidParameterException"),
            ("PutEmailMonitoringConfiguration", new { OrganizationId = o, LogGroupArn = LogGroup, RoleArn = "arn:aws:s3:::not-a-role-at-all" }, "InvalidParameterException"),
            ("PutEmailMonitoringConfiguration", new { OrganizationId = o, LogGroupArn = LogGroup }, ""),
            ("DeleteEmailMonitoringConfiguration", new { OrganizationId = o }, ""),
            ("PutEmailMonitoringConfiguration", new { OrganizationId = Nowhere, LogGroupArn = LogGroup }, "OrganizationNotFoundException"),
            ("DescribeEmailMonitoringConfiguration", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("DeleteEmailMonitoringConfiguration", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"));
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}

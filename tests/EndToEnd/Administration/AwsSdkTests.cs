using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>AWS's SDK for JavaScript: every operation and page, and each error by its public name.</summary>
public sealed class AwsSdkTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Password = "Correct-horse-7";
    private const string Nowhere = "m-00000000000000000000000000000000";

    private readonly AwsSdk sdk = new(demo.Server);
    private readonly Aws aws = new(demo.Server);

    [Fact]
    public async Task Users_and_groups_live_from_creation_to_deletion()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var results = await sdk.RunAsync(
            ("CreateUser", new { OrganizationId = o, Name = "eve", DisplayName = "Eve", Password, FirstName = "Eve", Role = "USER" }),
            ("RegisterToWorkMail", new { OrganizationId = o, EntityId = "$0.UserId", Email = "eve@demo.mailstead.test" }),
            ("CreateAlias", new { OrganizationId = o, EntityId = "$0.UserId", Alias = "e.v.e@demo.mailstead.test" }),
            ("ListAliases", new { OrganizationId = o, EntityId = "eve@demo.mailstead.test" }),
            ("UpdateUser", new { OrganizationId = o, UserId = "eve", JobTitle = "Engineer", HiddenFromGlobalAddressList = true }),
            ("DescribeUser", new { OrganizationId = o, UserId = "eve@demo.mailstead.test" }),
            ("UpdateMailboxQuota", new { OrganizationId = o, UserId = "eve", MailboxQuota = 5 }),
            ("GetMailboxDetails", new { OrganizationId = o, UserId = "e.v.e@demo.mailstead.test" }),
            ("ResetPassword", new { OrganizationId = o, UserId = "$0.UserId", Password = Password + "x" }),
            ("CreateGroup", new { OrganizationId = o, Name = "engineers" }),
            ("RegisterToWorkMail", new { OrganizationId = o, EntityId = "$9.GroupId", Email = "engineers@demo.mailstead.test" }),
            ("AssociateMemberToGroup", new { OrganizationId = o, GroupId = "$9.GroupId", MemberId = "$0.UserId" }),
            ("ListGroupMembers", new { OrganizationId = o, GroupId = "engineers" }),
            ("DisassociateMemberFromGroup", new { OrganizationId = o, GroupId = "engineers", MemberId = "eve" }),
            ("DeleteAlias", new { OrganizationId = o, EntityId = "$0.UserId", Alias = "e.v.e@demo.mailstead.test" }),
            ("DeregisterFromWorkMail", new { OrganizationId = o, EntityId = "eve" }),
            ("DescribeUser", new { OrganizationId = o, UserId = "$0.UserId" }),
            ("DeleteUser", new { OrganizationId = o, UserId = "$0.UserId" }),
            ("DeregisterFromWorkMail", new { OrganizationId = o, EntityId = "engineers" }),
            ("DeleteGroup", new { OrganizationId = o, GroupId = "engineers" }),
            // Deleting again changes nothing: neither operation has an error for it.
            ("DeleteUser", new { OrganizationId = o, UserId = "$0.UserId" }),
            ("DeleteGroup", new { OrganizationId = o, GroupId = "$9.GroupId" }));

        var answers = results.Select(AwsSdk.AnswerOf).ToList();
        Assert.Equal("e.v.e@demo.mailstead.test", answers[3].GetProperty("Aliases")[0].GetString());
        Assert.Equal("ENABLED", answers[5].GetProperty("State").GetString());
        Assert.Equal("Engineer", answers[5].GetProperty("JobTitle").GetString());
        Assert.True(answers[5].GetProperty("HiddenFromGlobalAddressList").GetBoolean());
        Assert.Equal(5, answers[7].GetProperty("MailboxQuota").GetInt32());
        Assert.Equal("eve", answers[12].GetProperty("Members")[0].GetProperty("Name").GetString());
        Assert.Equal("DISABLED", answers[16].GetProperty("State").GetString());
    }

    [Fact]
    public async Task Lists_come_in_pages_that_hold_each_row_once()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var creations = Enumerable.Range(1, 7).SelectMany(number => new (string, object)[]
        {
            ("CreateUser", new { OrganizationId = o, Name = $"page{number}", DisplayName = $"Page {number}", Password }),
            ("CreateGroup", new { OrganizationId = o, Name = $"group{number}" }),
        });
        var results = await sdk.RunAsync(
            [.. creations, ("pages:ListUsers", new { OrganizationId = o, MaxResults = 2, Filters = new { UsernamePrefix = "page" } }),
             ("pages:ListGroups", new { OrganizationId = o, MaxResults = 3, Filters = new { NamePrefix = "group" } }),
             ("pages:ListOrganizations", new { MaxResults = 1 })]);

        Assert.Equal(Enumerable.Range(1, 7).Select(number => $"page{number}"), Names(results[^3], "Users", "Name").Order());
        Assert.Equal(Enumerable.Range(1, 7).Select(number => $"group{number}"), Names(results[^2], "Groups", "Name").Order());
        Assert.Contains("demo", Names(results[^1], "OrganizationSummaries", "Alias"));
        Assert.All(results[^3].GetProperty("pages").EnumerateArray(), page => Assert.InRange(page.GetProperty("Users").GetArrayLength(), 0, 2));
    }

    [Fact]
    public async Task Each_error_has_its_public_name_status_and_text()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var alice = await aws.UserIdAsync(o, "alice");
        (string Operation, object Input, string Error)[] cases =
        [
            ("DescribeOrganization", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("DescribeOrganization", new { OrganizationId = "nonsense" }, "InvalidParameterException"),
            ("DescribeOrganization", new { }, "InvalidParameterException"),
            ("CreateOrganization", new { Alias = "demo" }, "NameAvailabilityException"),
            ("CreateOrganization", new { Alias = "d-x" }, "InvalidParameterException"),
            ("CreateOrganization", new { Alias = "x", Domains = new[] { new { DomainName = "nodots" } } }, "InvalidParameterException"),
            ("CreateUser", new { OrganizationId = Nowhere, Name = "x", DisplayName = "X", Password }, "OrganizationNotFoundException"),
            ("CreateUser", new { OrganizationId = o, Name = "x", Password }, "InvalidParameterException"),
            ("CreateUser", new { OrganizationId = o, Name = "not a name", DisplayName = "X", Password }, "InvalidParameterException"),
            ("CreateUser", new { OrganizationId = o, Name = "not-ascii-\u0661\u00e9", DisplayName = "X", Password }, "InvalidParameterException"),
            ("CreateUser", new { OrganizationId = o, Name = "x", DisplayName = "Bell\u0007", Password }, "InvalidParameterException"),
            ("CreateUser", new { OrganizationId = o, Name = "x", DisplayName = "Injected\r\nBcc: y", Password }, "InvalidParameterException"),
            ("CreateUser", new { OrganizationId = o, Name = "x", DisplayName = "X", FirstName = "\0", Password }, "InvalidParameterException"),
            ("UpdateUser", new { OrganizationId = o, UserId = "alice", Street = "one\ntwo" }, "InvalidParameterException"),
            ("CreateGroup", new { OrganizationId = o, Name = "next\u0085line" }, "InvalidParameterException"),
            ("CreateUser", new { OrganizationId = o, Name = "alice", DisplayName = "X", Password }, "NameAvailabilityException"),
            ("CreateUser", new { OrganizationId = o, Name = "journaling", DisplayName = "X", Password }, "ReservedNameException"),
            ("CreateUser", new { OrganizationId = o, Name = "x", DisplayName = "X", Password = "short" }, "InvalidPasswordException"),
            ("CreateUser", new { OrganizationId = o, Name = "x", DisplayName = "X", Password, Role = "KING" }, "InvalidParameterException"),
            ("CreateUser", new { OrganizationId = o, Name = "x", DisplayName = 5, Password }, "SerializationException"),
            ("CreateUser", new { OrganizationId = o, Name = "x", DisplayName = new string('x', 257), Password }, "InvalidParameterException"),
            ("DescribeUser", new { OrganizationId = o, UserId = "nobody" }, "EntityNotFoundException"),
            ("DescribeUser", new { OrganizationId = Nowhere, UserId = "alice" }, "OrganizationNotFoundException"),
            ("ListUsers", new { OrganizationId = o, MaxResults = 0 }, "InvalidParameterException"),
            ("ListUsers", new { OrganizationId = o, MaxResults = 101 }, "InvalidParameterException"),
            ("ListUsers", new { OrganizationId = o, NextToken = "made up" }, "InvalidParameterException"),
            ("ResetPassword", new { OrganizationId = o, UserId = alice, Password = "nodigitsorsuch" }, "InvalidPasswordException"),
            ("ResetPassword", new { OrganizationId = o, UserId = "nobody-at-all", Password }, "EntityNotFoundException"),
            ("RegisterToWorkMail", new { OrganizationId = o, EntityId = "nobody", Email = "n@demo.mailstead.test" }, "EntityNotFoundException"),
            ("RegisterToWorkMail", new { OrganizationId = o, EntityId = "alice", Email = "a@demo.mailstead.test" }, "EntityAlreadyRegisteredException"),
            ("CreateAlias", new { OrganizationId = o, EntityId = alice, Alias = "bob@demo.mailstead.test" }, "EmailAddressInUseException"),
            ("CreateAlias", new { OrganizationId = o, EntityId = alice, Alias = "a@elsewhere.example" }, "MailDomainNotFoundException"),
            ("CreateAlias", new { OrganizationId = o, EntityId = alice, Alias = "journaling@demo.mailstead.test" }, "InvalidParameterException"),
            ("CreateAlias", new { OrganizationId = o, EntityId = alice, Alias = "a..b@demo.mailstead.test" }, "InvalidParameterException"),
            ("CreateAlias", new { OrganizationId = o, EntityId = alice, Alias = ".a@demo.mailstead.test" }, "InvalidParameterException"),
            ("CreateAlias", new { OrganizationId = o, EntityId = alice, Alias = "a.@demo.mailstead.test" }, "InvalidParameterException"),
            ("UpdatePrimaryEmailAddress", new { OrganizationId = o, EntityId = "alice", Email = "a..l@demo.mailstead.test" }, "InvalidParameterException"),
            ("RegisterMailDomain", new { OrganizationId = o, DomainName = "two..dots.example" }, "InvalidParameterException"),
            ("RegisterMailDomain", new { OrganizationId = o, DomainName = "-x.example" }, "InvalidParameterException"),
            ("CreateOrganization", new { Alias = "x\u0661" }, "InvalidParameterException"),
            ("CreateAlias", new { OrganizationId = o, EntityId = "nobody-at-all", Alias = "a@demo.mailstead.test" }, "EntityNotFoundException"),
            ("DeleteAlias", new { OrganizationId = o, EntityId = alice, Alias = "alice@demo.mailstead.test" }, "InvalidParameterException"),
            ("UpdateMailboxQuota", new { OrganizationId = o, UserId = "alice", MailboxQuota = 0 }, "InvalidParameterException"),
            ("UpdateMailboxQuota", new { OrganizationId = o, UserId = "alice", MailboxQuota = 51_201 }, "InvalidParameterException"),
            ("UpdateMailboxQuota", new { OrganizationId = o, UserId = "nobody", MailboxQuota = 1 }, "EntityNotFoundException"),
            ("UpdateMailboxQuota", new { OrganizationId = Nowhere, UserId = "alice", MailboxQuota = 1 }, "OrganizationNotFoundException"),
            ("GetMailboxDetails", new { OrganizationId = o, UserId = "nobody" }, "EntityNotFoundException"),
            ("DeleteUser", new { OrganizationId = o, UserId = "alice" }, "EntityStateException"),
            ("DeregisterFromWorkMail", new { OrganizationId = o, EntityId = "nobody" }, "EntityNotFoundException"),
            ("AssociateMemberToGroup", new { OrganizationId = o, GroupId = "nobody", MemberId = "alice" }, "EntityNotFoundException"),
            ("AssociateMemberToGroup", new { OrganizationId = o, GroupId = "alice", MemberId = "bob" }, "EntityNotFoundException"),
            ("UpdatePrimaryEmailAddress", new { OrganizationId = o, EntityId = "alice", Email = "bob@demo.mailstead.test" }, "EmailAddressInUseException"),
            ("UpdateDefaultMailDomain", new { OrganizationId = o, DomainName = "elsewhere.example" }, "MailDomainNotFoundException"),
            ("GetMailDomain", new { OrganizationId = o, DomainName = "elsewhere.example" }, "MailDomainNotFoundException"),
            ("RegisterMailDomain", new { OrganizationId = o, DomainName = "other.mailstead.test" }, "InvalidParameterException"),
            ("DeleteOrganization", new { OrganizationId = o, DeleteDirectory = true }, "InvalidParameterException"),
            ("ListTagsForResource", new { ResourceARN = "arn:aws:workmail:us-east-1:000000000000:organization/" + Nowhere }, "ResourceNotFoundException"),
        ];

        var results = await sdk.RunAsync([.. cases.Select(one => (one.Operation, one.Input))]);

        Assert.Equal(
            cases.Select((one, index) => $"{index} {one.Operation} {one.Error}"),
            results.Select((result, index) => $"{index} {cases[index].Operation} {AwsSdk.ErrorOf(result)}"));
    }

    [Fact]
    public async Task A_disabled_user_has_no_state_for_aliases_quotas_and_disabling()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var results = await sdk.RunAsync(
            ("CreateUser", new { OrganizationId = o, Name = "idle", DisplayName = "Idle", Password }),
            ("CreateAlias", new { OrganizationId = o, EntityId = "$0.UserId", Alias = "idle@demo.mailstead.test" }),
            ("UpdateMailboxQuota", new { OrganizationId = o, UserId = "idle", MailboxQuota = 1 }),
            ("DeregisterFromWorkMail", new { OrganizationId = o, EntityId = "idle" }));

        Assert.All(results[1..], result => Assert.Equal("EntityStateException", AwsSdk.ErrorOf(result)));
    }

    [Fact]
    public async Task A_user_has_at_most_a_hundred_aliases()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var aliases = Enumerable.Range(1, 101).Select(number =>
            ("CreateAlias", (object)new { OrganizationId = o, EntityId = "$0.UserId", Alias = $"many{number}@demo.mailstead.test" }));

        var results = await sdk.RunAsync(
            [("CreateUser", new { OrganizationId = o, Name = "many", DisplayName = "Many", Password }),
             ("RegisterToWorkMail", new { OrganizationId = o, EntityId = "many", Email = "many@demo.mailstead.test" }), .. aliases,
             ("pages:ListAliases", new { OrganizationId = o, EntityId = "$0.UserId", MaxResults = 30 })]);

        Assert.All(results[..^2], result => AwsSdk.AnswerOf(result));
        Assert.Equal("LimitExceededException", AwsSdk.ErrorOf(results[^2]));
        Assert.Equal(100, results[^1].GetProperty("pages").EnumerateArray().SelectMany(page => page.GetProperty("Aliases").EnumerateArray()).Distinct().Count());
    }

    /// <summary>The SDK knows no operation that is not there, so curl asks for one.</summary>
    [Theory]
    [InlineData("WorkMailService.MakeCoffee", "workmail", "UnknownOperationException")]
    [InlineData("MailsteadService.ListUsers", "workmail", "UnknownOperationException")]
    [InlineData("WorkMailService.ListOrganizations", "iam", "UnknownOperationException")]
    [InlineData("WorkMailService.ListOrganizations", "s3", "InvalidSignatureException")]
    [InlineData("", "workmail", "UnknownOperationException")]
    public async Task What_is_not_offered_or_signed_for_another_service_is_refused(string target, string service, string error)
    {
        var environment = new Aws(demo.Server).Environment;
        var answer = await Tool.MustAsync("curl",
        [
            "-s", "--aws-sigv4", $"aws:amz:{environment["AWS_DEFAULT_REGION"]}:{service}", "--user", $"{environment["AWS_ACCESS_KEY_ID"]}:{environment["AWS_SECRET_ACCESS_KEY"]}",
            "-H", $"X-Amz-Target: {target}", "-H", "Content-Type: application/x-amz-json-1.1", "-d", "{}", demo.Server.Http + "/",
        ]);
        Assert.Contains($"\"__type\":\"{error}\"", answer, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(JsonElement result, string list, string member) => result.GetProperty("pages").EnumerateArray()
        .SelectMany(page => page.GetProperty(list).EnumerateArray()).Select(row => row.GetProperty(member).GetString()!);
}

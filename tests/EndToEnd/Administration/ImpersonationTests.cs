using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Impersonation roles, by Debian's AWS CLI and the AWS SDK for JavaScript.</summary>
public sealed class ImpersonationTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Nowhere = "m-00000000000000000000000000000000";

    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task A_role_is_made_tested_assumed_changed_and_deleted()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        string[] there = ["--organization-id", o];
        var alice = await aws.UserIdAsync(o, "alice");
        string[] create = ["create-impersonation-role", .. there, "--client-token", "once", "--name", "Calendar sync", "--type", "READ_ONLY", "--description", "Reads",
            "--rules", $"ImpersonationRuleId=all,Effect=ALLOW,Name=Everybody", $"ImpersonationRuleId=boss,Effect=DENY,TargetUsers={DemoServer.Alice}"];
        var id = Text(await aws.WorkMailAsync(create), "ImpersonationRoleId");
        Assert.Equal(id, Text(await aws.WorkMailAsync(create), "ImpersonationRoleId"));
        string[] role = [.. there, "--impersonation-role-id", id];

        var made = await aws.WorkMailAsync(["get-impersonation-role", .. role]);
        Assert.Equal("Calendar sync READ_ONLY Reads", $"{Text(made, "Name")} {Text(made, "Type")} {Text(made, "Description")}");
        Assert.Equal(alice, made.GetProperty("Rules")[1].GetProperty("TargetUsers")[0].GetString());
        Assert.Equal("READ_ONLY DENY boss", await EffectAsync(role, "alice"));
        Assert.Equal("READ_ONLY ALLOW all", await EffectAsync(role, "bob"));
        var token = await aws.WorkMailAsync(["assume-impersonation-role", .. role]);
        Assert.Equal(900, token.GetProperty("ExpiresIn").GetInt64());
        Assert.Matches("^[\\x21-\\x7e]{1,256}$", Text(token, "Token"));
        Assert.NotEqual(Text(token, "Token"), Text(await aws.WorkMailAsync(["assume-impersonation-role", .. role]), "Token"));

        // A rule of access control knows it, and it goes by that alone.
        await aws.WorkMailAsync(["put-access-control-rule", .. there, "--name", "roles", "--effect", "DENY", "--description", "x", "--impersonation-role-ids", id]);
        Assert.Equal("DENY", Text(await aws.WorkMailAsync(["get-access-control-effect", .. role, "--ip-address", "192.0.2.1", "--action", "EWS"]), "Effect"));
        Assert.Equal("ALLOW", Text(await aws.WorkMailAsync(["get-access-control-effect", .. there, "--user-id", alice, "--ip-address", "192.0.2.1", "--action", "EWS"]), "Effect"));
        await aws.WorkMailAsync(["delete-access-control-rule", .. there, "--name", "roles"]);

        await aws.WorkMailAsync(["update-impersonation-role", .. role, "--name", "Sync", "--type", "FULL_ACCESS", "--rules", $"ImpersonationRuleId=few,Effect=ALLOW,NotTargetUsers={DemoServer.Bob}"]);
        Assert.Equal("FULL_ACCESS ALLOW few", await EffectAsync(role, "alice"));
        Assert.Equal("FULL_ACCESS DENY ", await EffectAsync(role, "bob"));
        await aws.WorkMailAsync(["delete-impersonation-role", .. role]);
        Assert.Contains("ResourceNotFoundException", await aws.RefusedAsync(["get-impersonation-role", .. role]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_are_listed_in_pages_up_to_their_limit()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var rules = Array.Empty<object>();
        var results = await sdk.ExpectAsync(
        [
            .. Enumerable.Range(1, 20).Select(number => ("CreateImpersonationRole", (object)new { OrganizationId = o, Name = $"role {number}", Type = "READ_ONLY", Rules = rules }, "")),
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "role 21", Type = "READ_ONLY", Rules = rules }, "LimitExceededException"),
            ("ListImpersonationRoles", new { OrganizationId = o, MaxResults = 15 }, ""),
            ("ListImpersonationRoles", new { OrganizationId = o, MaxResults = 15, NextToken = "$21.NextToken" }, ""),
            .. Enumerable.Range(0, 20).Select(number => ("DeleteImpersonationRole", (object)new { OrganizationId = o, ImpersonationRoleId = $"${number}.ImpersonationRoleId" }, "")),
        ]);
        var listed = results[21..23].SelectMany(page => AwsSdk.AnswerOf(page).GetProperty("Roles").EnumerateArray()).Select(role => Text(role, "Name"));
        Assert.Equal(Enumerable.Range(1, 20).Select(number => $"role {number}"), listed);
        Assert.False(AwsSdk.AnswerOf(results[22]).TryGetProperty("NextToken", out _));
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var none = Array.Empty<object>();
        object Of(string user, string id = "1") => new { ImpersonationRuleId = id, Effect = "ALLOW", TargetUsers = new[] { user } };
        await sdk.ExpectAsync(
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "taken", Type = "READ_ONLY", Rules = none, ClientToken = "t" }, ""),
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "other", Type = "READ_ONLY", Rules = none, ClientToken = "t" }, "InvalidParameterException"),
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "taken", Type = "READ_ONLY", Rules = none }, "InvalidParameterException"),
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "a<b", Type = "READ_ONLY", Rules = none }, "InvalidParameterException"),
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "x", Type = "WRITE_ONLY", Rules = none }, "InvalidParameterException"),
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "x", Type = "READ_ONLY" }, "InvalidParameterException"),
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "x", Type = "READ_ONLY", Rules = new[] { Of("nobody") } }, "EntityNotFoundException"),
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "x", Type = "READ_ONLY", Rules = new[] { Of("bob"), Of("alice") } }, "InvalidParameterException"),
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "x", Type = "READ_ONLY", Rules = Enumerable.Range(1, 11).Select(id => Of("bob", $"{id}")) }, "InvalidParameterException"),
            ("CreateImpersonationRole", new { OrganizationId = o, Name = "x", Type = "READ_ONLY", Rules = new[] { new { ImpersonationRuleId = "1", Effect = "ALLOW", TargetUsers = Array.Empty<string>() } } }, "InvalidParameterException"),
            ("CreateImpersonationRole", new { OrganizationId = Nowhere, Name = "x", Type = "READ_ONLY", Rules = none }, "OrganizationNotFoundException"),
            ("UpdateImpersonationRole", new { OrganizationId = o, ImpersonationRoleId = "nothing", Name = "x", Type = "READ_ONLY", Rules = none }, "ResourceNotFoundException"),
            ("UpdateImpersonationRole", new { OrganizationId = o, ImpersonationRoleId = "$0.ImpersonationRoleId", Name = "taken", Type = "READ_ONLY", Rules = new[] { Of("nobody") } }, "EntityNotFoundException"),
            ("GetImpersonationRole", new { OrganizationId = o, ImpersonationRoleId = "nothing" }, "ResourceNotFoundException"),
            ("GetImpersonationRole", new { OrganizationId = Nowhere, ImpersonationRoleId = "nothing" }, "OrganizationNotFoundException"),
            ("DeleteImpersonationRole", new { OrganizationId = o, ImpersonationRoleId = "nothing" }, ""),
            ("ListImpersonationRoles", new { OrganizationId = o, NextToken = "nonsense" }, "InvalidParameterException"),
            ("ListImpersonationRoles", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("AssumeImpersonationRole", new { OrganizationId = o, ImpersonationRoleId = "nothing" }, "ResourceNotFoundException"),
            ("GetImpersonationRoleEffect", new { OrganizationId = o, ImpersonationRoleId = "nothing", TargetUser = "bob" }, "ResourceNotFoundException"),
            ("GetImpersonationRoleEffect", new { OrganizationId = o, ImpersonationRoleId = "$0.ImpersonationRoleId", TargetUser = "nobody" }, "EntityNotFoundException"),
            ("CreateUser", new { OrganizationId = o, Name = "asleep", DisplayName = "Asleep" }, ""),
            ("GetImpersonationRoleEffect", new { OrganizationId = o, ImpersonationRoleId = "$0.ImpersonationRoleId", TargetUser = "asleep" }, "EntityStateException"),
            ("DeleteImpersonationRole", new { OrganizationId = o, ImpersonationRoleId = "$0.ImpersonationRoleId" }, ""));
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private async Task<string> EffectAsync(string[] role, string user)
    {
        var result = await aws.WorkMailAsync(["get-impersonation-role-effect", .. role, "--target-user", user]);
        return $"{Text(result, "Type")} {Text(result, "Effect")} {string.Join(',', result.GetProperty("MatchedRules").EnumerateArray().Select(rule => Text(rule, "ImpersonationRuleId")))}";
    }
}

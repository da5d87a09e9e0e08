using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Users, groups, roles and policies of the account, by Debian's <c>aws iam</c> and <c>aws sts</c>, and what they allow.</summary>
public sealed class IamTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string ReadOnly = "arn:aws:iam::aws:policy/AmazonWorkMailReadOnlyAccess";
    private const string Full = "arn:aws:iam::aws:policy/AmazonWorkMailFullAccess";

    private readonly Aws aws = new(demo.Server);

    [Fact]
    public async Task A_user_may_what_its_policies_and_its_groups_policies_allow()
    {
        var o = await aws.OrganizationIdAsync("demo");
        var account = Text(await aws.RunAsync("sts", "get-caller-identity"), "Account");
        var made = (await aws.RunAsync("iam", "create-user", "--user-name", "Joan", "--path", "/helpdesk/")).GetProperty("User");
        Assert.Equal($"arn:aws:iam::{account}:user/helpdesk/Joan", Text(made, "Arn"));
        var (joan, _) = await KeyAsync("Joan");
        Assert.Equal(
            $"{Text(made, "UserId")} {account} {Text(made, "Arn")}", Join(await joan.RunAsync("sts", "get-caller-identity"), "UserId", "Account", "Arn"));

        var denied = await joan.RefusedAsync("list-users", "--organization-id", o);
        Assert.Contains("AccessDeniedException", denied, StringComparison.Ordinal);
        var arn = Text(await aws.WorkMailAsync("describe-organization", "--organization-id", o), "ARN");
        Assert.Contains($"User: {Text(made, "Arn")} is not authorized to perform: workmail:ListUsers on resource: {arn}", denied, StringComparison.Ordinal);

        await aws.RunAsync("iam", "attach-user-policy", "--user-name", "Joan", "--policy-arn", ReadOnly);
        await joan.WorkMailAsync("list-users", "--organization-id", o);
        Assert.Contains("AccessDenied", await joan.RefusedAsync("create-group", "--organization-id", o, "--name", "hers"), StringComparison.Ordinal);
        Assert.Contains("AccessDenied", await joan.FailAsync("iam", "list-users"), StringComparison.Ordinal);

        await aws.RunAsync("iam", "create-group", "--group-name", "Administrators");
        await aws.RunAsync("iam", "attach-group-policy", "--group-name", "Administrators", "--policy-arn", Full);
        await aws.RunAsync("iam", "add-user-to-group", "--group-name", "Administrators", "--user-name", "joan");
        await joan.WorkMailAsync("create-group", "--organization-id", o, "--name", "hers");
        // What is denied anywhere is denied.
        await aws.RunAsync("iam", "put-user-policy", "--user-name", "Joan", "--policy-name", "not-there", "--policy-document",
            Policy("Deny", "workmail:Create*", arn));
        Assert.Contains("AccessDenied", await joan.RefusedAsync("create-group", "--organization-id", o, "--name", "more"), StringComparison.Ordinal);
        await joan.WorkMailAsync("list-groups", "--organization-id", o);

        Assert.Equal("Administrators", Text((await aws.RunAsync("iam", "list-groups-for-user", "--user-name", "Joan")).GetProperty("Groups")[0], "GroupName"));
        Assert.Equal("Joan", Text((await aws.RunAsync("iam", "get-group", "--group-name", "Administrators")).GetProperty("Users")[0], "UserName"));
        Assert.Equal(ReadOnly, Text((await aws.RunAsync("iam", "list-attached-user-policies", "--user-name", "Joan")).GetProperty("AttachedPolicies")[0], "PolicyArn"));
        var document = (await aws.RunAsync("iam", "get-user-policy", "--user-name", "Joan", "--policy-name", "not-there")).GetProperty("PolicyDocument");
        Assert.Equal(arn, Text(document.GetProperty("Statement")[0], "Resource"));

        foreach (var step in new[]
        {
            "remove-user-from-group --group-name Administrators --user-name Joan", "delete-user-policy --user-name Joan --policy-name not-there",
            $"detach-user-policy --user-name Joan --policy-arn {ReadOnly}",
        })
        {
            Assert.Contains("DeleteConflict", await aws.FailAsync("iam", "delete-user", "--user-name", "Joan"), StringComparison.Ordinal);
            await aws.RunAsync("iam", step.Split(' '));
        }

        Assert.Contains("AccessDenied", await joan.RefusedAsync("list-users", "--organization-id", o), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Access_keys_come_and_go()
    {
        await aws.RunAsync("iam", "create-user", "--user-name", "keyed");
        await aws.RunAsync("iam", "put-user-policy", "--user-name", "keyed", "--policy-name", "own", "--policy-document",
            Policy("Allow", "iam:*AccessKey*", "arn:aws:iam::*:user/${aws:username}"));
        var (keyed, first) = await KeyAsync("keyed");
        // For itself it needs no name; for another it has no right.
        Assert.Single((await keyed.RunAsync("iam", "list-access-keys")).GetProperty("AccessKeyMetadata").EnumerateArray());
        Assert.Contains("AccessDenied", await keyed.FailAsync("iam", "list-access-keys", "--user-name", "somebody"), StringComparison.Ordinal);
        await keyed.RunAsync("iam", "create-access-key");
        Assert.Contains("LimitExceeded", await keyed.FailAsync("iam", "create-access-key"), StringComparison.Ordinal);

        await aws.RunAsync("iam", "update-access-key", "--user-name", "keyed", "--access-key-id", first, "--status", "Inactive");
        Assert.Contains("InvalidClientTokenId", await keyed.FailAsync("sts", "get-caller-identity"), StringComparison.Ordinal);
        await aws.RunAsync("iam", "update-access-key", "--user-name", "keyed", "--access-key-id", first, "--status", "Active");
        await keyed.RunAsync("sts", "get-caller-identity");
        await aws.RunAsync("iam", "delete-access-key", "--user-name", "keyed", "--access-key-id", first);
        Assert.Contains("InvalidClientTokenId", await keyed.FailAsync("sts", "get-caller-identity"), StringComparison.Ordinal);
        Assert.Contains("NoSuchEntity", await aws.FailAsync("iam", "delete-access-key", "--user-name", "keyed", "--access-key-id", first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_and_managed_policies_live_from_creation_to_deletion()
    {
        const string Trust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.workmail.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";
        var role = (await aws.RunAsync("iam", "create-role", "--role-name", "monitoring", "--assume-role-policy-document", Trust, "--description", "Writes logs")).GetProperty("Role");
        Assert.Equal("events.workmail.amazonaws.com", Text(role.GetProperty("AssumeRolePolicyDocument").GetProperty("Statement")[0].GetProperty("Principal"), "Service"));
        await aws.RunAsync("iam", "put-role-policy", "--role-name", "monitoring", "--policy-name", "logs", "--policy-document",
            Policy("Allow", "logs:PutLogEvents", "arn:aws:logs:us-east-1:111122223333:log-group:workmail-monitoring*"));
        Assert.Equal("logs", (await aws.RunAsync("iam", "list-role-policies", "--role-name", "monitoring")).GetProperty("PolicyNames")[0].GetString());
        Assert.Equal("monitoring", Text((await aws.RunAsync("iam", "list-roles")).GetProperty("Roles").EnumerateArray().Single(), "RoleName"));

        var policy = (await aws.RunAsync("iam", "create-policy", "--policy-name", "lists", "--policy-document", Policy("Allow", "workmail:List*", "*"))).GetProperty("Policy");
        var arn = Text(policy, "Arn");
        await aws.RunAsync("iam", "attach-role-policy", "--role-name", "monitoring", "--policy-arn", arn);
        Assert.Equal(1, (await aws.RunAsync("iam", "get-policy", "--policy-arn", arn)).GetProperty("Policy").GetProperty("AttachmentCount").GetInt32());
        var version = (await aws.RunAsync("iam", "get-policy-version", "--policy-arn", ReadOnly, "--version-id", "v1")).GetProperty("PolicyVersion");
        Assert.Equal("2012-10-17", Text(version.GetProperty("Document"), "Version"));
        var policies = (await aws.RunAsync("iam", "list-policies")).GetProperty("Policies").EnumerateArray().Select(one => Text(one, "PolicyName")).ToList();
        Assert.Contains("AmazonWorkMailFullAccess", policies);
        Assert.Contains("lists", policies);
        Assert.Contains("DeleteConflict", await aws.FailAsync("iam", "delete-policy", "--policy-arn", arn), StringComparison.Ordinal);
        await aws.RunAsync("iam", "detach-role-policy", "--role-name", "monitoring", "--policy-arn", arn);
        await aws.RunAsync("iam", "delete-policy", "--policy-arn", arn);
        await aws.RunAsync("iam", "delete-role-policy", "--role-name", "monitoring", "--policy-name", "logs");
        await aws.RunAsync("iam", "delete-role", "--role-name", "monitoring");
        Assert.Contains("NoSuchEntity", await aws.FailAsync("iam", "get-role", "--role-name", "monitoring"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conditions_ask_for_tags_roles_and_where_somebody_comes_from()
    {
        var o = await aws.OrganizationIdAsync("demo");
        var arn = Text(await aws.WorkMailAsync("describe-organization", "--organization-id", o), "ARN");
        await aws.RunAsync("iam", "create-user", "--user-name", "conditional");
        var (user, _) = await KeyAsync("conditional");
        async Task AllowAsync(string action, string condition) => await aws.RunAsync("iam", "put-user-policy", "--user-name", "conditional", "--policy-name", "only", "--policy-document",
            $$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"{{action}}","Resource":"{{arn}}","Condition":{{condition}} } }""");

        await AllowAsync("workmail:ListGroups", """{"StringEquals":{"aws:ResourceTag/stage":"live"}}""");
        Assert.Contains("AccessDenied", await user.RefusedAsync("list-groups", "--organization-id", o), StringComparison.Ordinal);
        await aws.WorkMailAsync("tag-resource", "--resource-arn", arn, "--tags", "Key=stage,Value=live");
        await user.WorkMailAsync("list-groups", "--organization-id", o);

        await AllowAsync("workmail:TagResource", """{"ForAllValues:StringEquals":{"aws:TagKeys":["stage","owner"]},"StringLike":{"aws:RequestTag/owner":"team-*"}}""");
        await user.WorkMailAsync("tag-resource", "--resource-arn", arn, "--tags", "Key=owner,Value=team-a");
        Assert.Contains("AccessDenied", await user.RefusedAsync("tag-resource", "--resource-arn", arn, "--tags", "Key=owner,Value=team-a", "Key=other,Value=x"), StringComparison.Ordinal);
        Assert.Contains("AccessDenied", await user.RefusedAsync("tag-resource", "--resource-arn", arn, "--tags", "Key=owner,Value=me"), StringComparison.Ordinal);

        var role = Text(await aws.WorkMailAsync("create-impersonation-role", "--organization-id", o, "--name", "r", "--type", "READ_ONLY", "--rules"), "ImpersonationRoleId");
        await AllowAsync("workmail:AssumeImpersonationRole", $$"""{"StringEquals":{"workmail:ImpersonationRoleId":"{{role}}"} }""");
        await user.WorkMailAsync("assume-impersonation-role", "--organization-id", o, "--impersonation-role-id", role);
        Assert.Contains("AccessDenied", await user.RefusedAsync("assume-impersonation-role", "--organization-id", o, "--impersonation-role-id", "another"), StringComparison.Ordinal);

        await AllowAsync("workmail:*", """{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"},"StringLike":{"aws:UserAgent":"aws-cli/*"},"DateGreaterThan":{"aws:CurrentTime":"2024-01-01T00:00:00Z"}}""");
        await user.WorkMailAsync("list-groups", "--organization-id", o);
        await AllowAsync("workmail:*", """{"NotIpAddress":{"aws:SourceIp":"127.0.0.0/8"}}""");
        Assert.Contains("AccessDenied", await user.RefusedAsync("list-groups", "--organization-id", o), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_is_about_who_is_meant_however_the_name_is_written()
    {
        await aws.RunAsync("iam", "create-user", "--user-name", "Guarded", "--path", "/vault/");
        await aws.RunAsync("iam", "create-user", "--user-name", "deputy");
        await aws.RunAsync("iam", "attach-user-policy", "--user-name", "deputy", "--policy-arn", "arn:aws:iam::aws:policy/AdministratorAccess");
        await aws.RunAsync("iam", "put-user-policy", "--user-name", "deputy", "--policy-name", "not-the-vault", "--policy-document",
            Policy("Deny", "iam:*", "arn:aws:iam::*:user/vault/*"));
        var (deputy, _) = await KeyAsync("deputy");

        foreach (var name in new[] { "Guarded", "GUARDED", "guarded" })
            Assert.Contains("AccessDenied", await deputy.FailAsync("iam", "create-access-key", "--user-name", name), StringComparison.Ordinal);
        Assert.Contains("AccessDenied", await deputy.FailAsync("iam", "create-user", "--user-name", "another", "--path", "/vault/"), StringComparison.Ordinal);
        await deputy.RunAsync("iam", "get-user", "--user-name", "DEPUTY");
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        const string Managed = "arn:aws:iam::aws:policy/AdministratorAccess";
        (string Operation, object Arguments, string Error)[] cases =
        [
            ("create_user", new { UserName = "x", Path = "no-slash" }, "ValidationError"),
            ("create_user", new { UserName = "two/words" }, "ValidationError"),
            ("create_user", new { UserName = "Administrator" }, "EntityAlreadyExists"),
            ("get_user", new { UserName = "nobody" }, "NoSuchEntity"),
            ("delete_user", new { UserName = "nobody" }, "NoSuchEntity"),
            ("create_access_key", new { UserName = "nobody" }, "NoSuchEntity"),
            ("list_access_keys", new { UserName = "nobody" }, "NoSuchEntity"),
            ("get_group", new { GroupName = "nothing" }, "NoSuchEntity"),
            ("delete_group", new { GroupName = "nothing" }, "NoSuchEntity"),
            ("add_user_to_group", new { GroupName = "nothing", UserName = "nobody" }, "NoSuchEntity"),
            ("create_group", new { GroupName = "here" }, ""),
            ("add_user_to_group", new { GroupName = "here", UserName = "nobody" }, "NoSuchEntity"),
            ("remove_user_from_group", new { GroupName = "here", UserName = "nobody" }, "NoSuchEntity"),
            ("get_role", new { RoleName = "nothing" }, "NoSuchEntity"),
            ("delete_role", new { RoleName = "nothing" }, "NoSuchEntity"),
            ("update_assume_role_policy", new { RoleName = "nothing", PolicyDocument = "{}" }, "MalformedPolicyDocument"),
            ("create_role", new { RoleName = "r", AssumeRolePolicyDocument = "{}" }, "MalformedPolicyDocument"),
            ("create_policy", new { PolicyName = "p", PolicyDocument = "[]" }, "MalformedPolicyDocument"),
            ("put_user_policy", new { UserName = "nobody", PolicyName = "p", PolicyDocument = "x" }, "MalformedPolicyDocument"),
            ("put_user_policy", new { UserName = "nobody", PolicyName = "p", PolicyDocument = Policy("Allow", "*", "*") }, "NoSuchEntity"),
            ("get_user_policy", new { UserName = "nobody", PolicyName = "p" }, "NoSuchEntity"),
            ("get_group_policy", new { GroupName = "here", PolicyName = "p" }, "NoSuchEntity"),
            ("delete_group_policy", new { GroupName = "here", PolicyName = "p" }, "NoSuchEntity"),
            ("attach_user_policy", new { UserName = "nobody", PolicyArn = Managed }, "NoSuchEntity"),
            ("attach_group_policy", new { GroupName = "here", PolicyArn = Managed + "s" }, "NoSuchEntity"),
            ("detach_group_policy", new { GroupName = "here", PolicyArn = Managed }, "NoSuchEntity"),
            ("detach_role_policy", new { RoleName = "nothing", PolicyArn = Managed }, "NoSuchEntity"),
            ("delete_policy", new { PolicyArn = Managed }, "UnmodifiableEntity"),
            ("get_policy", new { PolicyArn = "arn:aws:iam::000000000000:policy/nothing" }, "NoSuchEntity"),
            ("get_policy_version", new { PolicyArn = Managed, VersionId = "v2" }, "NoSuchEntity"),
            ("delete_group", new { GroupName = "here" }, ""),
            ("list_account_aliases", new { }, "InvalidAction"),
        ];
        await aws.ExpectAsync("iam", cases);
    }

    [Fact]
    public async Task Names_are_taken_once_in_any_case_and_lists_come_in_pages()
    {
        foreach (var name in new[] { "page-a", "page-b", "page-c" })
            await aws.RunAsync("iam", "create-group", "--group-name", name, "--path", "/pages/");
        Assert.Contains("EntityAlreadyExists", await aws.FailAsync("iam", "create-group", "--group-name", "PAGE-A"), StringComparison.Ordinal);
        var listed = (await aws.RunAsync("iam", "list-groups", "--path-prefix", "/pages/", "--page-size", "2")).GetProperty("Groups");
        Assert.Equal(["page-a", "page-b", "page-c"], listed.EnumerateArray().Select(group => Text(group, "GroupName")));
        Assert.Contains("EntityAlreadyExists", await FailTwiceAsync(), StringComparison.Ordinal);

        async Task<string> FailTwiceAsync()
        {
            await aws.RunAsync("iam", "create-user", "--user-name", "once");
            return await aws.FailAsync("iam", "create-user", "--user-name", "once");
        }
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private static string Join(JsonElement element, params string[] members) => string.Join(' ', members.Select(member => Text(element, member)));

    private static string Policy(string effect, string action, string resource) =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"{{effect}}","Action":"{{action}}","Resource":"{{resource}}"}]}""";

    /// <summary>The CLI as a user with a new access key.</summary>
    private async Task<(Aws User, string KeyId)> KeyAsync(string user)
    {
        var key = (await aws.RunAsync("iam", "create-access-key", "--user-name", user)).GetProperty("AccessKey");
        var credentials = new Dictionary<string, string> { ["AccessKeyId"] = Text(key, "AccessKeyId"), ["SecretAccessKey"] = Text(key, "SecretAccessKey") };
        return (new Aws(demo.Server, credentials), Text(key, "AccessKeyId"));
    }
}

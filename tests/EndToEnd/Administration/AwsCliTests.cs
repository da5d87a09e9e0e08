using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>An administrator's script: Debian's AWS CLI with nothing but an endpoint added.</summary>
public sealed class AwsCliTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Password = "Correct-horse-7";

    private readonly Aws aws = new(demo.Server);

    [Fact]
    public async Task The_demo_organization_is_listed_and_described()
    {
        var organizations = (await aws.WorkMailAsync("list-organizations")).GetProperty("OrganizationSummaries");
        var found = organizations.EnumerateArray().Single(organization =>
            organization.GetProperty("Alias").GetString() == "demo" && organization.GetProperty("State").GetString() != "Deleted");

        var described = await aws.WorkMailAsync("describe-organization", "--organization-id", found.GetProperty("OrganizationId").GetString()!);

        Assert.Equal("Active", described.GetProperty("State").GetString());
        Assert.Equal("demo.mailstead.test", described.GetProperty("DefaultMailDomain").GetString());
        Assert.Matches("^arn:aws:workmail:us-east-1:[0-9]{12}:organization/m-[0-9a-f]{32}$", described.GetProperty("ARN").GetString());
    }

    [Fact]
    public async Task A_user_lives_from_creation_to_deletion()
    {
        var organization = await NewOrganizationAsync("life");
        var user = Text(await aws.WorkMailAsync(
            "create-user", "--organization-id", organization, "--name", "dora", "--display-name", "Dora", "--password", Password), "UserId");
        Assert.Equal("DISABLED", Text(await DescribeAsync(organization, user), "State"));

        await aws.WorkMailAsync("register-to-work-mail", "--organization-id", organization, "--entity-id", user, "--email", "dora@life.mailstead.test");
        await aws.WorkMailAsync("create-alias", "--organization-id", organization, "--entity-id", user, "--alias", "d@life.mailstead.test");
        await aws.WorkMailAsync("update-mailbox-quota", "--organization-id", organization, "--user-id", user, "--mailbox-quota", "7");
        await aws.WorkMailAsync("reset-password", "--organization-id", organization, "--user-id", user, "--password", Password + "b");
        var listed = (await aws.WorkMailAsync("list-users", "--organization-id", organization)).GetProperty("Users");
        var details = await aws.WorkMailAsync("get-mailbox-details", "--organization-id", organization, "--user-id", user);

        Assert.Equal("ENABLED", Text(await DescribeAsync(organization, user), "State"));
        Assert.Equal("dora@life.mailstead.test", listed.EnumerateArray().Single(row => Text(row, "Id") == user).GetProperty("Email").GetString());
        Assert.Equal(7, details.GetProperty("MailboxQuota").GetInt32());
        await SignInAsync("d@life.mailstead.test", Password + "b");

        Assert.Contains("EntityStateException", await aws.RefusedAsync("delete-user", "--organization-id", organization, "--user-id", user), StringComparison.Ordinal);
        await aws.WorkMailAsync("deregister-from-work-mail", "--organization-id", organization, "--entity-id", user);
        await Assert.ThrowsAsync<MailKit.Security.AuthenticationException>(() => SignInAsync("dora@life.mailstead.test", Password + "b"));
        await aws.WorkMailAsync("delete-user", "--organization-id", organization, "--user-id", user);
    }

    [Fact]
    public async Task Mail_to_a_group_reaches_each_member_once()
    {
        var organizations = (await aws.WorkMailAsync("list-organizations")).GetProperty("OrganizationSummaries");
        var organization = Text(organizations.EnumerateArray().Single(row => Text(row, "Alias") == "demo" && Text(row, "State") != "Deleted"), "OrganizationId");
        var outer = Text(await aws.WorkMailAsync("create-group", "--organization-id", organization, "--name", "everyone"), "GroupId");
        var inner = Text(await aws.WorkMailAsync("create-group", "--organization-id", organization, "--name", "some-of-us"), "GroupId");
        await aws.WorkMailAsync("register-to-work-mail", "--organization-id", organization, "--entity-id", outer, "--email", "everyone@demo.mailstead.test");
        await aws.WorkMailAsync("register-to-work-mail", "--organization-id", organization, "--entity-id", inner, "--email", "some@demo.mailstead.test");
        foreach (var (group, member) in new[] { (outer, await UserIdAsync(organization, "alice")), (outer, inner), (inner, await UserIdAsync(organization, "alice")), (inner, await UserIdAsync(organization, "bob")) })
            await aws.WorkMailAsync("associate-member-to-group", "--organization-id", organization, "--group-id", group, "--member-id", member);

        var subject = $"To everyone {Guid.CreateVersion7()}";
        await Tool.MustAsync("swaks",
            ["--server", $"127.0.0.1:{demo.Server.Smtp}", "--from", "sender@example.org", "--to", $"everyone@demo.mailstead.test,{DemoServer.Alice}", "--header", $"Subject: {subject}"]);

        foreach (var address in new[] { DemoServer.Alice, DemoServer.Bob })
        {
            using var mailbox = await Mailbox.OpenAsync(demo, address);
            await mailbox.WaitForSubjectAsync(subject);
            await Task.Delay(500);
            Assert.Single(await mailbox.Client.Inbox!.SearchAsync(MailKit.Search.SearchQuery.SubjectContains(subject)));
        }
    }

    [Theory]
    [InlineData("EntityNotFoundException", "describe-user", "--user-id", "no-such-user-here")]
    [InlineData("InvalidPasswordException", "create-user", "--name", "weak", "--display-name", "Weak", "--password", "weak")]
    [InlineData("NameAvailabilityException", "create-user", "--name", "alice", "--display-name", "Alice", "--password", Password)]
    public async Task Bad_input_gets_the_public_error(string error, params string[] command)
    {
        var organizations = (await aws.WorkMailAsync("list-organizations")).GetProperty("OrganizationSummaries");
        var organization = Text(organizations.EnumerateArray().Single(row => Text(row, "Alias") == "demo" && Text(row, "State") != "Deleted"), "OrganizationId");

        var said = await aws.RefusedAsync([command[0], "--organization-id", organization, .. command[1..]]);

        Assert.Contains(error, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused()
    {
        var environment = new Dictionary<string, string>(aws.Environment) { ["AWS_SECRET_ACCESS_KEY"] = "wrong" };

        var run = await Tool.RunAsync("/usr/bin/aws", ["--endpoint-url", demo.Server.Http, "workmail", "list-organizations"], environment);

        Assert.Contains("InvalidSignatureException", run.Errors, StringComparison.Ordinal);
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private async Task<string> UserIdAsync(string organization, string name) =>
        Text((await aws.WorkMailAsync("list-users", "--organization-id", organization)).GetProperty("Users").EnumerateArray().Single(row => Text(row, "Name") == name), "Id");

    private Task<JsonElement> DescribeAsync(string organization, string user) =>
        aws.WorkMailAsync("describe-user", "--organization-id", organization, "--user-id", user);

    private async Task<string> NewOrganizationAsync(string alias)
    {
        var id = Text(await aws.WorkMailAsync("create-organization", "--alias", alias), "OrganizationId");
        for (var attempt = 0; attempt < 100; attempt++)
        {
            if (Text(await aws.WorkMailAsync("describe-organization", "--organization-id", id), "State") == "Active")
                return id;
            await Task.Delay(100);
        }

        throw new TimeoutException($"Organization {alias} did not become active");
    }

    private async Task SignInAsync(string login, string password)
    {
        using var client = await Mailbox.ConnectAsync(demo.Server);
        await client.AuthenticateAsync(login, password);
    }
}

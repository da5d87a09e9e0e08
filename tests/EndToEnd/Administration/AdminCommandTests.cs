using System.Text.Json;
using Mailstead.Contracts;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>The program's own client: <c>mailstead admin …</c>.</summary>
public sealed class AdminCommandTests(DemoServer demo) : IClassFixture<DemoServer>
{
    [Fact]
    public async Task Things_are_made_changed_and_shown()
    {
        Assert.Matches(@"^UserId +[0-9a-f-]{36}\n$", await MustAsync("create-user", "--organization", "demo", "--name", "cli", "--display-name", "Command Line"));
        Assert.Equal("", await MustAsync("update-user", "--organization", "DEMO", "--user-id", "cli", "--job-title", "Clerk", "--hidden-from-global-address-list", "true"));
        var user = JsonDocument.Parse(await MustAsync("describe-user", "--organization", "demo", "--user-id", "cli", "--output", "json")).RootElement;
        Assert.Equal("Clerk", user.GetProperty("JobTitle").GetString());
        Assert.True(user.GetProperty("HiddenFromGlobalAddressList").GetBoolean());

        var table = (await MustAsync("list-users", "--organization", "demo", "--filters", """{"UsernamePrefix":"cl"}""")).Split('\n');
        Assert.Matches("^Id +Name +DisplayName +", table[0]);
        Assert.Contains("Command Line", table[1], StringComparison.Ordinal);
        Assert.Equal(3, table.Length);
        await MustAsync("put-access-control-rule", "--organization", "demo", "--name", "r", "--effect", "ALLOW", "--description", "x", "--actions", "IMAP", "SMTP", "--ip-ranges", "127.0.0.0/8");
        Assert.Contains("IMAP, SMTP", await MustAsync("list-access-control-rules", "--organization", "demo"), StringComparison.Ordinal);
        await MustAsync("put-retention-policy", "--organization", "demo", "--json", """{"Name":"p","FolderConfigurations":[{"Name":"INBOX","Action":"DELETE","Period":9}]}""");
        Assert.Matches(@"INBOX +DELETE +9\n", await MustAsync("get-default-retention-policy", "--organization", "demo"));
        await MustAsync("iam", "create-group", "--group-name", "from-cli");
        Assert.Contains("from-cli", await MustAsync("iam", "list-groups"), StringComparison.Ordinal);
        Assert.Contains("CreateUser", await MustAsync("lookup-events", "--lookup-attributes", """{"AttributeKey":"EventName","AttributeValue":"CreateUser"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_pages_are_one_list_unless_one_is_asked_for()
    {
        for (var number = 1; number <= 3; number++)
            await MustAsync("create-resource", "--organization", "demo", "--name", $"page{number}", "--type", "ROOM");
        var one = JsonDocument.Parse(await MustAsync("list-resources", "--organization", "demo", "--max-results", "2", "--output", "json")).RootElement;
        Assert.Equal(2, one.GetProperty("Resources").GetArrayLength());
        var next = await MustAsync("list-resources", "--organization", "demo", "--next-token", one.GetProperty("NextToken").GetString()!);
        Assert.Contains("page3", next, StringComparison.Ordinal);
        Assert.DoesNotContain("page1", next, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "EntityNotFoundException", "describe-user", "--organization", "demo", "--user-id", "nobody")]
    [InlineData(1, "InvalidParameterException", "create-group", "--organization", "demo")]
    [InlineData(2, "'nowhere'; there is no organization", "list-users", "--organization", "nowhere")]
    [InlineData(2, "wants a number", "list-users", "--organization", "demo", "--max-results", "many")]
    [InlineData(2, "wants true or false", "delete-organization", "--organization", "demo", "--delete-directory", "perhaps")]
    [InlineData(2, "wants JSON", "list-users", "--organization", "demo", "--filters", "{")]
    [InlineData(2, "can't be read", "list-organizations", "--credentials", "/nowhere/at-all.json")]
    [InlineData(3, "can't be reached", "list-organizations", "--endpoint", "http://127.0.0.1:1")]
    [InlineData(1, "make-coffee", "make-coffee")]
    public async Task What_is_wrong_is_said_and_told_by_the_exit_code(int code, string said, params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.Contains(said, run.Errors, StringComparison.Ordinal);
        Assert.Equal(code, run.ExitCode);
    }

    [Fact]
    public async Task Every_operation_is_a_command_with_an_option_for_every_member()
    {
        var help = await MustAsync("--help") + await MustAsync("iam", "--help") + await MustAsync("kms", "--help");
        foreach (var operation in ServiceCatalogue.Administration.SelectMany(service => service.Methods))
            Assert.Contains(string.Concat(operation.Name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString())), help, StringComparison.Ordinal);
        var options = await MustAsync("start-mailbox-export-job", "--help");
        foreach (var option in new[] { "--client-token", "--s3-bucket-name", "--kms-key-arn", "--organization" })
            Assert.Contains(option, options, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shell_completes_commands_and_options()
    {
        var script = (await MustAsync("completion", "bash")) + """

            COMP_LINE='mailstead admin list-mailb'; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$PROGRAM" admin list-mailb); COMP_CWORD=2
            _mailstead; printf '%s\n' "${COMPREPLY[@]}"
            COMP_LINE='mailstead admin list-users --org'; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$PROGRAM" admin list-users --org); COMP_CWORD=3
            _mailstead; printf '%s\n' "${COMPREPLY[@]}"
            """;
        var completed = await Tool.MustAsync("bash", ["-c", script], new Dictionary<string, string> { ["PROGRAM"] = Repository.Program });
        Assert.Equal(["list-mailbox-export-jobs", "list-mailbox-permissions", "--organization", "--organization-id"], completed.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("compdef", await MustAsync("completion", "zsh"), StringComparison.Ordinal);
    }

    /// <summary>Whoever has exported a key for the AWS tools does not have to say where the installation is.</summary>
    [Fact]
    public async Task The_data_directory_says_where_also_with_a_key_of_the_environment()
    {
        var place = Directory.CreateTempSubdirectory("mailstead-test-").FullName;
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(place, "admin-credentials.json"), $$"""{"endpoint":"{{demo.Server.Http}}"}""", TestContext.Current.CancellationToken);
            Assert.Contains("demo", await Tool.MustAsync(
                Repository.Program, ["admin", "--data", place, "list-organizations"], new Aws(demo.Server).Environment), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private Task<Tool> RunAsync(params string[] arguments) => Tool.RunAsync(Repository.Program, Line(arguments));

    private Task<string> MustAsync(params string[] arguments) => Tool.MustAsync(Repository.Program, Line(arguments));

    private string[] Line(string[] arguments) =>
        ["admin", "--data", demo.Server.Data, .. arguments.Contains("--endpoint") ? Array.Empty<string>() : ["--endpoint", demo.Server.Http], .. arguments];
}

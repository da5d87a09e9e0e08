using System.Text.Json;

namespace Mailstead.EndToEnd.Harness;

/// <summary>Debian's AWS CLI, pointed at a server with its administrator's key, or with another's.</summary>
internal sealed class Aws(MailsteadServer server, IReadOnlyDictionary<string, string>? credentials = null)
{
    private readonly Lazy<Dictionary<string, string>> environment = new(() =>
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(server.Data, "admin-credentials.json")));
        var administrator = file.RootElement;
        return new Dictionary<string, string>
        {
            ["AWS_ACCESS_KEY_ID"] = credentials?["AccessKeyId"] ?? administrator.GetProperty("accessKeyId").GetString()!,
            ["AWS_SECRET_ACCESS_KEY"] = credentials?["SecretAccessKey"] ?? administrator.GetProperty("secretAccessKey").GetString()!,
            ["AWS_DEFAULT_REGION"] = administrator.GetProperty("region").GetString()!,
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_MAX_ATTEMPTS"] = "1",
            ["AWS_CONFIG_FILE"] = "/dev/null",
            ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
            ["AWS_PAGER"] = "",
        };
    });

    public IReadOnlyDictionary<string, string> Environment => environment.Value;

    /// <summary>The answer of <c>aws workmail …</c>, which must succeed.</summary>
    public Task<JsonElement> WorkMailAsync(params string[] arguments) => RunAsync("workmail", arguments);

    /// <summary>What <c>aws workmail …</c> says when it must fail.</summary>
    public Task<string> RefusedAsync(params string[] arguments) => FailAsync("workmail", arguments);

    /// <summary>What <c>aws workmail …</c> says when it fails; nothing when it succeeds.</summary>
    public async Task<string> RefusedOrNothingAsync(params string[] arguments)
    {
        var run = await CommandAsync("workmail", arguments);
        return run.ExitCode == 0 ? "" : run.Errors;
    }

    /// <summary>The answer of a command of any service, which must succeed.</summary>
    public async Task<JsonElement> RunAsync(string service, params string[] arguments)
    {
        var run = await CommandAsync(service, arguments);
        Assert.True(run.ExitCode == 0, $"aws {service} {string.Join(' ', arguments)} ended with {run.ExitCode}\n{run.Output}\n{run.Errors}");
        return run.Output.Trim().Length == 0 ? default : JsonDocument.Parse(run.Output).RootElement.Clone();
    }

    /// <summary>What it says when it must fail.</summary>
    public async Task<string> FailAsync(string service, params string[] arguments)
    {
        var run = await CommandAsync(service, arguments);
        Assert.NotEqual(0, run.ExitCode);
        return run.Errors;
    }

    /// <summary>Makes calls with the CLI's botocore and compares the error of each with the one expected; an empty one: it must succeed.</summary>
    public async Task ExpectAsync(string service, params (string Operation, object Arguments, string Error)[] cases)
    {
        var order = JsonSerializer.Serialize(new { service, endpoint = server.Http, calls = cases.Select(one => new[] { one.Operation, one.Arguments }) });
        var output = await Tool.MustAsync("/usr/bin/python3", [Path.Combine(Repository.Clients, "botocore_errors.py")], Environment, order);
        Assert.Equal(
            cases.Select((one, index) => $"{index} {one.Operation} {one.Error}"),
            JsonSerializer.Deserialize<string[]>(output)!.Select((code, index) => $"{index} {cases[index].Operation} {code}"));
    }

    /// <summary>The CLI as a user of IAM, made if need be, with a new access key.</summary>
    public async Task<Aws> AsUserAsync(string user)
    {
        await CommandAsync("iam", ["create-user", "--user-name", user]);
        var key = (await RunAsync("iam", "create-access-key", "--user-name", user)).GetProperty("AccessKey");
        return new Aws(server, new[] { "AccessKeyId", "SecretAccessKey" }.ToDictionary(member => member, member => key.GetProperty(member).GetString()!));
    }

    public async Task<string> OrganizationIdAsync(string alias) => Find(
        (await WorkMailAsync("list-organizations")).GetProperty("OrganizationSummaries"), "Alias", alias).GetProperty("OrganizationId").GetString()!;

    public async Task<string> UserIdAsync(string organization, string name) => Find(
        (await WorkMailAsync("list-users", "--organization-id", organization)).GetProperty("Users"), "Name", name).GetProperty("Id").GetString()!;

    private static JsonElement Find(JsonElement list, string member, string value) =>
        list.EnumerateArray().Single(row => row.GetProperty(member).GetString() == value && row.GetProperty("State").GetString() is not ("Deleted" or "DELETED"));

    private Task<Tool> CommandAsync(string service, string[] arguments) =>
        AwsCommandLine.RunAsync(["--endpoint-url", server.Http, "--output", "json", service, .. arguments], Environment);
}

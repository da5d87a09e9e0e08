using System.Text.Json;

namespace Mailstead.EndToEnd.Harness;

/// <summary>AWS's SDK for JavaScript, pointed at a server with its administrator's key.</summary>
internal sealed class AwsSdk(MailsteadServer server)
{
    /// <summary>What each call answered: <c>answer</c>, <c>pages</c>, or <c>error</c> with <c>status</c> and <c>message</c>.</summary>
    public async Task<List<JsonElement>> RunAsync(params (string Operation, object Input)[] calls) => await RunAsync(Settings(), calls);

    public static async Task<List<JsonElement>> RunAsync(Dictionary<string, object> settings, params (string Operation, object Input)[] calls)
    {
        var order = JsonSerializer.Serialize(new
        {
            client = settings,
            calls = calls.Select(call => new[] { call.Operation, call.Input }),
        });
        var output = await Tool.MustAsync("node", [Path.Combine(Repository.Clients, "admin.mjs")], input: order, seconds: 120);
        using var answers = JsonDocument.Parse(output);
        return [.. answers.RootElement.EnumerateArray().Select(answer => answer.Clone())];
    }

    /// <summary>Runs the calls and compares the error of each with the one expected; an empty one: it must succeed.</summary>
    public async Task<List<JsonElement>> ExpectAsync(params (string Operation, object Input, string Error)[] cases)
    {
        var results = await RunAsync([.. cases.Select(one => (one.Operation, one.Input))]);
        Assert.Equal(
            cases.Select((one, index) => $"{index} {one.Operation} {one.Error}"),
            results.Select((result, index) => $"{index} {cases[index].Operation} {(result.TryGetProperty("error", out _) ? ErrorOf(result) : "")}"));
        return results;
    }

    public async Task<string> OrganizationIdAsync(string alias)
    {
        var answer = AnswerOf((await RunAsync(("ListOrganizations", new { })))[0]);
        return answer.GetProperty("OrganizationSummaries").EnumerateArray()
            .Single(row => row.GetProperty("Alias").GetString() == alias && row.GetProperty("State").GetString() != "Deleted").GetProperty("OrganizationId").GetString()!;
    }

    /// <summary>What the SDK's client is made with.</summary>
    public Dictionary<string, object> Settings(string? secret = null, string? keyId = null)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(server.Data, "admin-credentials.json")));
        var credentials = file.RootElement;
        return new Dictionary<string, object>
        {
            ["endpoint"] = server.Http,
            ["region"] = credentials.GetProperty("region").GetString()!,
            ["credentials"] = new
            {
                accessKeyId = keyId ?? credentials.GetProperty("accessKeyId").GetString(),
                secretAccessKey = secret ?? credentials.GetProperty("secretAccessKey").GetString(),
            },
        };
    }

    /// <summary>The error of a call that must fail: its name, with a text, as status 400.</summary>
    public static string ErrorOf(JsonElement result)
    {
        Assert.True(result.TryGetProperty("error", out var error), $"An error was expected: {result}");
        Assert.Equal(400, result.GetProperty("status").GetInt32());
        Assert.NotEmpty(result.GetProperty("message").GetString()!);
        return error.GetString()!;
    }

    /// <summary>The answer of a call that must succeed.</summary>
    public static JsonElement AnswerOf(JsonElement result)
    {
        Assert.True(result.TryGetProperty("answer", out var answer), $"An answer was expected: {result}");
        return answer;
    }
}

using System.Diagnostics;
using System.Text.Json;
using Mailstead.Cluster.Harness;

namespace Mailstead.EndToEnd.Harness;

/// <summary>AWS Lambda's Invoke operation with functions written for it, in Python.</summary>
internal sealed class LambdaRuntime : IAsyncDisposable
{
    public const string AccessKeyId = "AKIALAMBDATESTKEY000";
    public const string SecretAccessKey = "lambda-test-secret";

    private readonly Process process;
    private readonly HttpClient http = new();

    private LambdaRuntime(Process process, int port)
    {
        this.process = process;
        Endpoint = $"http://127.0.0.1:{port}";
    }

    public string Endpoint { get; }

    /// <summary>The ARN of one of its functions.</summary>
    public static string Arn(string function) => $"arn:aws:lambda:us-east-1:123456789012:function:{function}";

    public static async Task<LambdaRuntime> StartAsync()
    {
        var port = FreePorts.TakeOfBothKinds();
        var start = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(Repository.Clients, "lambda_runtime.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start");
        var runtime = new LambdaRuntime(process, port);
        await runtime.SetAsync(new { port, @lambda = new { accessKeyId = AccessKeyId, secretAccessKey = SecretAccessKey } });
        return runtime;
    }

    /// <summary>Settings that its functions use.</summary>
    public async Task SetAsync(object settings)
    {
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(settings));
        await process.StandardInput.FlushAsync();
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
    }

    /// <summary>Events that came to a function about messages with this subject, oldest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> EventsAsync(string function, string subject)
    {
        using var all = JsonDocument.Parse(await http.GetStringAsync(Endpoint + "/events"));
        return [.. all.RootElement.EnumerateArray()
            .Where(one => one.GetProperty("function").GetString() == function
                && (!one.GetProperty("event").TryGetProperty("subject", out var its) || its.GetString() == subject))
            .Select(one => one.Clone())];
    }

    public async Task<JsonElement> WaitForEventAsync(string function, string subject)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while (true)
        {
            if (await EventsAsync(function, subject) is [var first, ..])
                return first;
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, $"{function} was not called about '{subject}' within 60 s");
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
        http.Dispose();
    }
}

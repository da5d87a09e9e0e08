using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Mailstead.EndToEnd.Harness;

/// <summary>
/// Debian's AWS CLI, kept running between commands: its start takes ten times as long as a call. It ends with these tests, when its
/// input does.
/// </summary>
internal sealed class AwsCommandLine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly ConcurrentBag<AwsCommandLine> Idle = [];

    private readonly Process process = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(Repository.Clients, "aws_cli.py")])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    public static async Task<Tool> RunAsync(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var one = Idle.TryTake(out var idle) ? idle : new AwsCommandLine();
        // One that did not answer is left alone: its answer would be taken for that to the next command.
        var run = await one.AskAsync(arguments, environment).WaitAsync(Patience);
        Idle.Add(one);
        return run;
    }

    private async Task<Tool> AskAsync(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { arguments, environment }));
        await process.StandardInput.FlushAsync();
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The AWS CLI ended");
        using var answer = JsonDocument.Parse(line);
        return new Tool(
            answer.RootElement.GetProperty("code").GetInt32(), answer.RootElement.GetProperty("output").GetString()!,
            answer.RootElement.GetProperty("errors").GetString()!);
    }
}

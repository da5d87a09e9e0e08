using System.Diagnostics;
using System.Globalization;

namespace Mailstead.Kubernetes;

/// <summary>What is done one after the other, how long each took, and what came of it.</summary>
internal sealed class Steps(TextWriter output)
{
    private readonly List<(string Name, TimeSpan Time, string Result)> done = [];

    /// <summary>Runs one step; what it returns stands beside it in the summary.</summary>
    public async Task RunAsync(string name, Func<Task<string>> step)
    {
        await output.WriteLineAsync($"{name} …");
        var time = Stopwatch.StartNew();
        try
        {
            var result = await step();
            done.Add((name, time.Elapsed, result));
            await output.WriteLineAsync($"  {Seconds(time.Elapsed)}  {result}");
        }
        catch (Exception failure)
        {
            done.Add((name, time.Elapsed, $"FAILED: {failure.Message.Split('\n')[0]}"));
            throw;
        }
    }

    public void WriteSummary()
    {
        output.WriteLine();
        foreach (var (name, time, result) in done)
            output.WriteLine($"{name,-44} {Seconds(time)}  {result}");
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds,7:0.0} s");
}

using System.Diagnostics;
using System.Text;

namespace Mailstead.EndToEnd.Harness;

/// <summary>Runs a client program and keeps what it said.</summary>
internal sealed record Tool(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs it to its end; fails the test when it takes longer than <paramref name="seconds"/>.</summary>
    public static async Task<Tool> RunAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null,
        string? input = null, int seconds = 60)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            if (input is not null)
                await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading its input; its exit code tells.
        }

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {seconds} s. It said: {await output} {await errors}");
        }

        return new Tool(process.ExitCode, await output, await errors);
    }

    /// <summary>The output of a program that must end well.</summary>
    public static async Task<string> MustAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null,
        string? input = null, int seconds = 60)
    {
        var run = await RunAsync(program, arguments, environment, input, seconds);
        Assert.True(run.ExitCode == 0, new StringBuilder()
            .Append(program).Append(' ').AppendJoin(' ', arguments).Append(" ended with ").Append(run.ExitCode).AppendLine()
            .AppendLine(run.Output).AppendLine(run.Errors).ToString());
        return run.Output;
    }
}

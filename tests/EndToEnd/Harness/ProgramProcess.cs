using System.Diagnostics;
using System.Globalization;

namespace Mailstead.EndToEnd.Harness;

/// <summary>The published program, running.</summary>
internal sealed class ProgramProcess
{
    private readonly Process process;
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ProgramProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Ends when it says that it is ready; fails when it ends before.</summary>
    public Task Ready => ready.Task;

    /// <param name="log">Gets each line that it prints.</param>
    public static ProgramProcess Start(IEnumerable<string> options, IReadOnlyDictionary<string, string> environment, List<string> log)
    {
        var start = new ProcessStartInfo(Repository.Program, options) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var started = new ProgramProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        started.Run(log);
        return started;
    }

    /// <summary>SIGKILL: nothing gets a chance to be tidy.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await Tool.RunAsync("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        var code = process.ExitCode;
        process.Dispose();
        return code;
    }

    private void Run(List<string> log)
    {
        DataReceivedEventHandler keep = (_, line) =>
        {
            lock (log)
                log.Add(line.Data ?? "");
            if (line.Data == "Mailstead is ready")
                ready.TrySetResult();
        };
        process.OutputDataReceived += keep;
        process.ErrorDataReceived += keep;
        process.Exited += (_, _) => Task.Run(() =>
        {
            // Until all that it said has been read.
            process.WaitForExit();
            string said;
            lock (log)
                said = string.Join('\n', log);
            ready.TrySetException(new InvalidOperationException("The server ended: " + said));
        });
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }
}

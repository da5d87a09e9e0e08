using System.Diagnostics;

namespace Mailstead.Cluster.Harness;

/// <summary>
/// A server and all its children, in a process group of their own. A shell stands guard: it kills the group when its standard
/// input ends, which it does when this process does, however that ends.
/// </summary>
internal sealed class GuardedProcess : IAsyncDisposable
{
    // A terminal's Ctrl-C goes to the guard too: it stays, and what it guards hears signals that are meant for it.
    private const string Guard = "trap '' INT TERM HUP; log=$1; shift; "
        + "setsid env --default-signal=INT,TERM,HUP \"$@\" >>\"$log\" 2>&1 </dev/null & pid=$!; echo $pid; "
        + "read end; kill -9 -$pid 2>/dev/null; wait $pid 2>/dev/null";

    private readonly Process shell;

    private GuardedProcess(Process shell, int id) => (this.shell, Id) = (shell, id);

    /// <summary>Of the server, and of its process group.</summary>
    public int Id { get; }

    public static async Task<GuardedProcess> StartAsync(
        string log, IReadOnlyDictionary<string, string> environment, params string[] command)
    {
        var start = new ProcessStartInfo("sh", ["-c", Guard, "guard", log, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/tmp",
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var shell = Process.Start(start)!;
        var id = await shell.StandardOutput.ReadLineAsync();
        return new GuardedProcess(shell, int.Parse(id!, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Sends a signal to the whole group, such as <c>STOP</c> and <c>CONT</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, "--", $"-{Id}"]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0)
            throw new InvalidOperationException($"kill -s {signal} ended with {kill.ExitCode}");
    }

    public async ValueTask DisposeAsync()
    {
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
        shell.Dispose();
    }
}

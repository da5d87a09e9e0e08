using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Mailstead.EndToEnd.Harness;

/// <summary>The published program in a process of its own, on a data directory of its own and free ports.</summary>
internal sealed class MailsteadServer : IAsyncDisposable
{
    private static readonly int[] WellKnownPorts = [25, 80, 143, 443, 465, 587, 993];

    private readonly string[] options;
    private readonly Dictionary<string, string> environment;
    private readonly List<string> log = [];
    private Process? process;

    private MailsteadServer(string data, int portBase, string[] options, Dictionary<string, string> environment)
    {
        Data = data;
        PortBase = portBase;
        this.options = options;
        this.environment = environment;
    }

    public string Data { get; }

    public int PortBase { get; }

    public int ProcessId => process?.Id ?? throw new InvalidOperationException("The server is not running");

    public int Smtp => PortBase + 25;

    public int Submission => PortBase + 587;

    public int SubmissionTls => PortBase + 465;

    public int Imap => PortBase + 143;

    public int ImapTls => PortBase + 993;

    public string Http => $"http://127.0.0.1:{PortBase + 80}";

    public string Https => $"https://127.0.0.1:{PortBase + 443}";

    public string CertificateAuthority => Path.Combine(Data, "tls", "ca.pem");

    /// <summary>Everything that the program printed so far.</summary>
    public string Log
    {
        get
        {
            lock (log)
                return string.Join('\n', log);
        }
    }

    /// <summary>Demo passwords by address.</summary>
    public IReadOnlyDictionary<string, string> Passwords =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Data, "demo-credentials.json")))!;

    public static async Task<MailsteadServer> StartAsync(
        string[]? options = null, Dictionary<string, string>? environment = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var data = Directory.CreateTempSubdirectory("mailstead-test-").FullName;
            var server = new MailsteadServer(data, FreePortBase(), options ?? ["--demo"], environment ?? []);
            try
            {
                await server.LaunchAsync();
                return server;
            }
            catch (InvalidOperationException taken) when (attempt < 10 && taken.Message.Contains("address already in use", StringComparison.Ordinal))
            {
                // Somebody else was faster; their ports are theirs.
                Directory.Delete(data, recursive: true);
            }
        }
    }

    /// <summary>Starts the program on the same data and ports, and waits until it says that it is ready.</summary>
    public async Task LaunchAsync() => await Launch().WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Starts it and kills it after a while, ready or not.</summary>
    public async Task LaunchAndKillAsync(TimeSpan after)
    {
        var ready = Launch();
        await Task.WhenAny(ready, Task.Delay(after));
        await KillAsync();
        // It may have become ready or have ended, and either is fine.
        _ = ready.Exception;
    }

    /// <summary>Starts it; the task ends when it is ready, and fails when the program ends before.</summary>
    private Task Launch()
    {
        var start = new ProcessStartInfo(
            Repository.Program,
            ["--data", Data, "--port-base", PortBase.ToString(System.Globalization.CultureInfo.InvariantCulture), .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new Process { StartInfo = start, EnableRaisingEvents = true };
        DataReceivedEventHandler keep = (_, line) =>
        {
            lock (log)
                log.Add(line.Data ?? "");
            if (line.Data == "Mailstead is ready")
                ready.TrySetResult();
        };
        started.OutputDataReceived += keep;
        started.ErrorDataReceived += keep;
        started.Exited += (_, _) => Task.Run(() =>
        {
            // Until all that it said has been read.
            started.WaitForExit();
            ready.TrySetException(new InvalidOperationException("The server ended: " + Log));
        });
        started.Start();
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        process = started;
        return ready.Task;
    }

    /// <summary>SIGKILL: nothing gets a chance to be tidy.</summary>
    public async Task KillAsync()
    {
        if (process is null)
            return;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (process is null)
            return 0;
        await Tool.RunAsync("kill", ["-TERM", ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        var code = process.ExitCode;
        process.Dispose();
        process = null;
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(Data, recursive: true);
    }

    private static int FreePortBase()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            // Below the kernel's range of ephemeral ports, so that no client socket takes one of ours.
            var candidate = Random.Shared.Next(11_000, 31_000);
            if (WellKnownPorts.All(port => IsFree(candidate + port)))
                return candidate;
        }

        throw new InvalidOperationException("No free range of ports");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

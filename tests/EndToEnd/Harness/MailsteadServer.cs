using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Mailstead.EndToEnd.Harness;

/// <summary>The published program in a process of its own, on a data directory of its own and free ports.</summary>
internal sealed class MailsteadServer : IAsyncDisposable
{
    /// <summary>Generous: eight processes start at once on a machine that may have other work.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(4);

    private static readonly int[] WellKnownPorts =
    [
        25, 80, 143, 443, 465, 587, 993,
        .. Enumerable.Range(Shape.FirstCallsPort, Shape.ProcessesMax), .. Enumerable.Range(Shape.FirstManagementPort, Shape.ProcessesMax),
    ];

    private readonly string[] options;
    private readonly string[] twice;
    private readonly Dictionary<string, string> environment;
    private readonly List<string> log = [];
    private readonly Dictionary<string, ProgramProcess> processes = [];
    private Dictionary<string, string> prepared = [];
    private List<ProcessPlan> plans = [];

    private MailsteadServer(string data, int portBase, string[] options, string[] twice, Dictionary<string, string> environment)
    {
        Data = data;
        PortBase = portBase;
        this.options = options;
        this.twice = twice;
        this.environment = environment;
    }

    public string Data { get; }

    public int PortBase { get; }

    public IReadOnlyList<int> ProcessIds => [.. processes.Values.Select(process => process.Id)];

    /// <summary>Its processes: one without a name, or one for each role and a second one of some.</summary>
    public IReadOnlyList<string> Names => [.. plans.Select(plan => plan.Name)];

    /// <summary>What all of its processes were told.</summary>
    public IReadOnlyDictionary<string, string> Settings => prepared;

    /// <summary>The connection string of its tables when they aren't files of <see cref="Data"/>.</summary>
    public string? PostgreSql => prepared.GetValueOrDefault("MAILSTEAD_Database__PostgreSql");

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

    /// <summary>The last warnings and errors of the log: what it was that nothing else tells.</summary>
    public string LoggedErrors => string.Join('\n', Log.Split('\n')
        .Where(line => line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal) || line.Contains("\"LogLevel\":\"Warning\"", StringComparison.Ordinal))
        .TakeLast(5));

    /// <summary>Demo passwords by address.</summary>
    public IReadOnlyDictionary<string, string> Passwords =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Data, "demo-credentials.json")))!;

    /// <summary>Where a process tells how it is.</summary>
    public string ManagementOf(string name) => $"http://127.0.0.1:{plans.Single(plan => plan.Name == name).ManagementPort}";

    /// <param name="twice">Core roles that have a second replica when each role is a process.</param>
    public static async Task<MailsteadServer> StartAsync(
        string[]? options = null, Dictionary<string, string>? environment = null, string[]? twice = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = await PrepareAsync(options, environment, twice);
            try
            {
                await server.LaunchAsync();
                // Roles that call each other in circles don't wait for each other before they are ready.
                if (Shape.IsCluster)
                    await server.HealthAsync();
                return server;
            }
            catch (Exception failure)
            {
                await server.DisposeAsync();
                // Somebody else was faster; their ports are theirs.
                if (attempt == 10 || !failure.Message.Contains("address already in use", StringComparison.Ordinal))
                    throw;
            }
        }
    }

    /// <summary>A place for one that isn't started yet.</summary>
    public static async Task<MailsteadServer> PrepareAsync(
        string[]? options = null, Dictionary<string, string>? environment = null, string[]? twice = null)
    {
        var data = Directory.CreateTempSubdirectory("mailstead-test-").FullName;
        var server = new MailsteadServer(data, FreePortBase(), options ?? ["--demo"], twice ?? [], environment ?? []);
        server.prepared = await Shape.PrepareAsync(data, server.PortBase, server.twice);
        return server;
    }

    /// <summary>Runs a command of the program's, as an operator does, in the settings of its processes.</summary>
    public Task<Tool> RunAsync(params string[] words) => Tool.RunAsync(Repository.Program, words, SettingsOfCommands(), seconds: 120);

    /// <summary>The same, and doesn't wait for its end.</summary>
    public Process StartCommand(params string[] words)
    {
        var start = new ProcessStartInfo(Repository.Program, words);
        foreach (var (name, value) in SettingsOfCommands())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Starts the program on the same data and ports, and waits until it says that it is ready.</summary>
    public Task LaunchAsync() => LaunchEach().WaitAsync(StartPatience);

    /// <summary>The same of one process; the others may run.</summary>
    public Task LaunchAsync(string name) => Launch(plans.Single(plan => plan.Name == name)).WaitAsync(StartPatience);

    /// <summary>Starts it and kills it after a while, ready or not.</summary>
    public async Task LaunchAndKillAsync(TimeSpan after)
    {
        var ready = LaunchEach();
        await Task.WhenAny(ready, Task.Delay(after));
        await KillAsync();
        // It may have become ready or have ended, and either is fine.
        _ = ready.Exception;
    }

    /// <summary>What every process of it tells at <c>/metrics</c>.</summary>
    public async Task<string> MetricsAsync() => string.Join('\n', await AskAsync("/metrics"));

    /// <summary>
    /// What its processes say at <c>/health/ready</c>, each answer once: <c>Healthy</c> when all say so, which may take them a moment
    /// after a start.
    /// </summary>
    public async Task<string> HealthAsync()
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            var health = string.Join('\n', (await AskAsync("/health/ready")).Distinct());
            if (health == "Healthy" || waited.Elapsed > TimeSpan.FromSeconds(30))
                return health;
        }
    }

    private Dictionary<string, string> SettingsOfCommands() => Shape.ForCommands(Data, Settings, environment);

    private async Task<IReadOnlyList<string>> AskAsync(string path)
    {
        using var http = new HttpClient();
        var told = new List<string>();
        foreach (var place in Shape.ManagementPlaces(PortBase))
        {
            using var answer = await http.GetAsync(place + path);
            told.Add(await answer.Content.ReadAsStringAsync());
        }

        return told;
    }

    /// <summary>SIGKILL: nothing gets a chance to be tidy.</summary>
    public async Task KillAsync()
    {
        await Task.WhenAll(processes.Values.Select(process => process.KillAsync()));
        processes.Clear();
    }

    /// <summary>SIGKILL to one process.</summary>
    public async Task KillAsync(string name)
    {
        if (processes.Remove(name, out var process))
            await process.KillAsync();
    }

    /// <summary>SIGTERM; the exit code, the highest of all processes.</summary>
    public async Task<int> StopAsync()
    {
        var codes = await Task.WhenAll(processes.Values.Select(process => process.StopAsync()));
        processes.Clear();
        return codes.Append(0).Max();
    }

    /// <summary>Ends when all are ready, and fails when one ends before.</summary>
    private Task LaunchEach()
    {
        plans = [.. Shape.Plan(Data, PortBase, options, twice, Settings, environment)];
        return Task.WhenAll(plans.Select(Launch));
    }

    private Task Launch(ProcessPlan plan)
    {
        var process = ProgramProcess.Start(plan.Options, plan.Environment, log);
        processes[plan.Name] = process;
        return process.Ready;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(Data, recursive: true);
    }

    /// <summary>One whose ports nobody has, at this moment.</summary>
    internal static int FreePortBase()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            // Below the kernel's range of ephemeral ports, so that no client socket takes one of ours.
            var candidate = Random.Shared.Next(11_000, 23_500);
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

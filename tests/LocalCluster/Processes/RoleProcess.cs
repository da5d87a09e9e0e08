using System.Diagnostics;
using Mailstead.Cluster.Harness;
using Mailstead.LocalCluster.Chart;

namespace Mailstead.LocalCluster.Processes;

/// <summary>One replica's process, started again when it ends, as the kubelet does it.</summary>
internal sealed class RoleProcess(Replica replica, PodOnThisMachine pod) : IAsyncDisposable
{
    private static readonly string Program = Repository.In("artifacts/mailstead/mailstead");
    private static readonly TimeSpan RestartDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource ending = new();
    private GuardedProcess? process;
    private string program = Program;
    private volatile bool staysDown;
    private Task keeping = Task.CompletedTask;

    public Replica Replica { get; } = replica;

    /// <summary>How often it has been started again.</summary>
    public int Restarts { get; private set; }

    public int Id => process?.Id ?? 0;

    public async Task StartAsync()
    {
        pod.Mount();
        await LaunchAsync();
        keeping = KeepAsync();
    }

    /// <summary>As a power cut would; it comes back by itself.</summary>
    public Task KillAsync() => SignalAsync("KILL");

    /// <summary>The same, and it does not come back before <see cref="Release"/>.</summary>
    public Task KillAndHoldAsync()
    {
        staysDown = true;
        return KillAsync();
    }

    public void Release() => staysDown = false;

    /// <summary>
    /// Lets it drain and end, and goes on with another version of the program; returns when that one has been started.
    /// </summary>
    public async Task ReplaceAsync(string newProgram)
    {
        var before = Restarts;
        program = newProgram;
        await SignalAsync("TERM");
        var waiting = Stopwatch.StartNew();
        while (Restarts == before)
        {
            if (waiting.Elapsed > DrainPatience)
                throw new TimeoutException($"{Replica.Name} did not end within {DrainPatience} after SIGTERM");
            await Task.Delay(50);
        }
    }

    public async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(Replica.Ready, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // A process that starts on a busy machine may take longer over an answer than one waits for it.
            return false;
        }
    }

    /// <summary>Tells it to stop, waits while it drains, then makes sure.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await keeping;
        if (process is not null)
        {
            await SignalAsync("TERM");
            var waiting = Stopwatch.StartNew();
            while (IsAlive() && waiting.Elapsed < DrainPatience)
                await Task.Delay(50);
            await process.DisposeAsync();
        }

        ending.Dispose();
    }

    private async Task LaunchAsync() =>
        process = await GuardedProcess.StartAsync(Replica.Log, pod.Environment(), [.. Replica.Place?.Entry ?? [], program]);

    private async Task SignalAsync(string signal)
    {
        // One that is between two lives hears nothing, and needn't.
        if (process is { } current && IsAlive())
            await current.SignalAsync(signal);
    }

    private async Task KeepAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(RestartDelay, ending.Token);
                if (IsAlive() || staysDown)
                    continue;
                if (process is not null)
                    await process.DisposeAsync();
                process = null;
                Restarts++;
                await LaunchAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The cluster ends.
        }
    }

    /// <summary>One that has ended stays in the table until its guard is done.</summary>
    private bool IsAlive()
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{Id}/stat");
            return stat[stat.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mailstead.Cluster.Harness;
using Mailstead.Drills.Network;
using Mailstead.LocalCluster.Chart;
using Microsoft.Data.Sqlite;

namespace Mailstead.Drills;

/// <summary>
/// The program as one process on a disk of its own that is soon full: SQLite and segment files on a small tmpfs. The disk is seen by
/// this process and its children alone, and is gone with them.
/// </summary>
internal sealed class SmallDisk : Drilled
{
    private const int Megabytes = 160;
    private const int PortBase = 15000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string disk = Directory.CreateTempSubdirectory("mailstead-disk-").FullName;
    private GuardedProcess? program;

    public override IReadOnlyList<(string Host, int Port)> Ingress => [("127.0.0.1", PortBase + 25)];

    public override IReadOnlyList<(string Role, Uri Ready)> Health => [("the program", new($"http://127.0.0.1:{PortBase + 80}/health/ready"))];

    private string Data => Path.Combine(disk, "data");

    private string Filler => Path.Combine(disk, "filler");

    public static async Task<SmallDisk> StartAsync(CancellationToken cancellationToken)
    {
        if (!OwnNetwork.IsEntered)
            throw new InvalidOperationException("Only root may mount a disk of its own: run the drills as root");
        var started = new SmallDisk();
        try
        {
            await Command.RunAsync("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m", "tmpfs", started.disk);
            await started.LaunchAsync();
            await started.WaitUntilReadyAsync(cancellationToken);
            var accounts = Path.Combine(started.Data, "demo-credentials.json");
            var passwords = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(accounts, cancellationToken))!;
            await started.OpenMailboxesAsync(passwords.Select(account => (account.Key, account.Value)), [("127.0.0.1", PortBase + 993)], Path.Combine(started.Data, "tls", "ca.pem"), cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes all the room that is left.</summary>
    public async Task FillAsync()
    {
        await using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in new[] { 1024 * 1024, 4096 })
        {
            try
            {
                while (true)
                    await file.WriteAsync(new byte[size]);
            }
            catch (IOException)
            {
                // Full, but for less than this.
            }
        }
    }

    public void MakeRoom() => File.Delete(Filler);

    /// <summary>SIGKILL, and it is started again at once, as a service supervisor does.</summary>
    public async Task KillAsync()
    {
        await program!.DisposeAsync();
        await LaunchAsync();
    }

    /// <summary>Starts it again if it has ended, which is what it may do on a full disk.</summary>
    public async Task ReviveAsync()
    {
        if (File.Exists($"/proc/{program!.Id}/stat") && !(await File.ReadAllTextAsync($"/proc/{program.Id}/stat")).Contains(") Z ", StringComparison.Ordinal))
            return;
        await KillAsync();
    }

    public override async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var waiting = Stopwatch.StartNew();
        while (!await IsReadyAsync(http, cancellationToken))
        {
            if (waiting.Elapsed > Patience)
                throw new TimeoutException("The program does not become ready:\n" + string.Join('\n', File.ReadLines(disk + ".log").TakeLast(20)));
            await Task.Delay(100, cancellationToken);
        }
    }

    public override async Task<(long Spooled, long Outbound)> CountWaitingAsync(CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(Data, "databases", "delivery.db")};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT (SELECT count(*) FROM spool), (SELECT count(*) FROM outbound)";
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.GetInt64(0), row.GetInt64(1));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (program is not null)
            await program.DisposeAsync();
        await Command.RunAsync("umount", "--lazy", disk);
        Directory.Delete(disk);
        File.Delete(disk + ".log");
    }

    private async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(Health[0].Ready, cancellationToken);
            return answer.IsSuccessStatusCode && File.Exists(Path.Combine(Data, "demo-credentials.json"));
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // The log is elsewhere: a full disk must not be what keeps it from being written.
    private async Task LaunchAsync() => program = await GuardedProcess.StartAsync(
        disk + ".log", new Dictionary<string, string>(), Repository.In("artifacts/mailstead/mailstead"),
        "--data", Data, "--port-base", PortBase.ToString(CultureInfo.InvariantCulture), "--demo");
}

using System.Diagnostics;
using Npgsql;

namespace Mailstead.Stores.Harness;

/// <summary>
/// A PostgreSQL 15 of our own: in a temporary folder, on a Unix socket, as an unprivileged user. The shell around it ends it when
/// this process does, however that ends.
/// </summary>
internal sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string Administrator = "postgres";
    private const string Program = "mailstead";
    private const string Owner = "mailstead_owner";
    private const string Programs = "/usr/lib/postgresql/15/bin";
    private const string Guard = "\"$0\" -D \"$1\" -k \"$1\" -c listen_addresses= -c fsync=off -c max_connections=300 "
        + ">\"$1/log\" 2>&1 & pid=$!; read end; kill -INT $pid; wait $pid";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string folder;
    private readonly Process shell;
    private int databases;

    private PostgreSqlServer(string folder, Process shell) => (this.folder, this.shell) = (folder, shell);

    public static async Task<PostgreSqlServer> StartAsync()
    {
        // Beneath /tmp, whatever TMPDIR says: a socket's path has at most 107 octets.
        var folder = Directory.CreateDirectory($"/tmp/mailstead-pg-{Guid.NewGuid():N}").FullName;
        if (Environment.UserName == "root")
            await RunAsync("chown", "postgres:", folder);
        await RunAsync([.. AsOwner(), $"{Programs}/initdb", "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync"]);
        string[] command = [.. AsOwner(), "sh", "-c", Guard, $"{Programs}/postgres", folder];
        var server = new PostgreSqlServer(folder, Start(command, redirectInput: true));
        await server.WaitUntilReadyAsync();
        await server.ExecuteAsync($"CREATE ROLE {Program} LOGIN; CREATE ROLE {Owner} LOGIN");
        return server;
    }

    /// <summary>
    /// The connection string of a new, empty database that belongs to an ordinary role. Such a role sees rows of a tenant only when it
    /// says whose.
    /// </summary>
    public async Task<string> CreateDatabaseAsync() => ConnectionString(await CreateDatabaseAsync(Program), Program);

    /// <summary>The same with two roles: one owns the tables, the program's may use them.</summary>
    public async Task<(string Program, string Owner)> CreateOwnedDatabaseAsync()
    {
        var name = await CreateDatabaseAsync(Owner);
        return (ConnectionString(name, Program), ConnectionString(name, Owner));
    }

    /// <summary>As the server's own superuser, whom nothing binds.</summary>
    public static string AsAdministrator(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Username = Administrator }.ToString();

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
        shell.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static string[] AsOwner() =>
        Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] : [];

    private static async Task RunAsync(params string[] command)
    {
        using var process = Start(command, redirectInput: false);
        var said = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}: {await said}");
    }

    private static Process Start(string[] command, bool redirectInput) =>
        Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = redirectInput,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/tmp",
        })!;

    private async Task<string> CreateDatabaseAsync(string owner)
    {
        var name = $"mailstead{Interlocked.Increment(ref databases)}";
        await ExecuteAsync($"CREATE DATABASE {name} OWNER {owner}");
        return name;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres", Administrator));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private string ConnectionString(string database, string role) =>
        $"Host={folder};Username={role};Database={database};Maximum Pool Size=20;Timeout=60;Command Timeout=60";

    private async Task WaitUntilReadyAsync()
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres", Administrator));
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (waiting.Elapsed < Patience && !shell.HasExited)
            {
                await Task.Delay(50);
            }
        }
    }
}

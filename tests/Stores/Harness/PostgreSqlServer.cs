using System.Diagnostics;
using Npgsql;

namespace Mailstead.Stores.Harness;

/// <summary>
/// A PostgreSQL 15 of our own: in a temporary folder, on a Unix socket and, where a test wants it, a port of loopback, as an
/// unprivileged user. The shell around it ends it when this process does, however that ends. It can be stopped and goes on with
/// what it had.
/// </summary>
internal sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string Administrator = "postgres";
    private const string Program = "mailstead";
    private const string Owner = "mailstead_owner";
    private const string Programs = "/usr/lib/postgresql/15/bin";
    private const string Guard = "\"$0\" -D \"$1\" -k \"$1\" -c listen_addresses=$2 -p $3 -c fsync=$4 -c max_connections=300 "
        + ">>\"$1/log\" 2>&1 & pid=$!; read signal; kill -${signal:-INT} $pid; wait $pid";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string folder;
    private readonly int? port;
    private Process? shell;
    private int databases;
    private bool isStandby;
    private bool isDurable;

    private PostgreSqlServer(string folder, int? port) => (this.folder, this.port) = (folder, port);

    /// <summary>All that it has written.</summary>
    public string Folder => folder;

    public static Task<PostgreSqlServer> StartAsync() => StartAsync(null);

    /// <param name="port">Of loopback, where everybody on this machine is let in; null: its socket is the only way.</param>
    /// <param name="isDurable">False: a power cut may cost it all, and nothing waits for the disk.</param>
    public static async Task<PostgreSqlServer> StartAsync(int? port, bool isDurable = false)
    {
        // Beneath /tmp, whatever TMPDIR says: a socket's path has at most 107 octets.
        var folder = Directory.CreateDirectory($"/tmp/mailstead-pg-{Guid.NewGuid():N}").FullName;
        if (Environment.UserName == "root")
            await RunAsync("chown", "postgres:", folder);
        await RunAsync([.. AsOwner(), $"{Programs}/initdb", "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync"]);
        // It listens on loopback alone, whatever network what comes there is from.
        if (port is not null)
            await File.AppendAllTextAsync(Path.Combine(folder, "pg_hba.conf"), "host all all 0.0.0.0/0 trust\n");
        var server = new PostgreSqlServer(folder, port) { isDurable = isDurable };
        await server.ContinueAsync();
        await server.ExecuteAsync($"CREATE ROLE {Program} LOGIN; CREATE ROLE {Owner} LOGIN");
        return server;
    }

    /// <summary>All connections are cut and nobody gets a new one before <see cref="ContinueAsync"/>.</summary>
    /// <param name="signal">Empty: what is under way is undone, then it ends. <c>QUIT</c>: it ends as in a crash.</param>
    public async Task StopAsync(string signal = "")
    {
        if (shell is not { } running)
            return;
        shell = null;
        if (signal.Length > 0)
            await running.StandardInput.WriteLineAsync(signal);
        running.StandardInput.Close();
        await running.WaitForExitAsync();
        running.Dispose();
    }

    /// <summary>Starts it on what it has; returns when it serves.</summary>
    public async Task ContinueAsync()
    {
        string[] where = port is { } tcp ? ["127.0.0.1", $"{tcp}"] : ["", "5432"];
        shell = Start([.. AsOwner(), "sh", "-c", Guard, $"{Programs}/postgres", folder, .. where, isDurable ? "on" : "off"], redirectInput: true);
        await WaitUntilReadyAsync();
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

    /// <summary>From here on whoever comes over the network comes with TLS.</summary>
    /// <param name="certificate">PEM file; its key lies beside it as <c>.key</c>.</param>
    public async Task EncryptAsync(string certificate)
    {
        await RunAsync("cp", certificate, Path.ChangeExtension(certificate, ".key"), folder);
        foreach (var file in new[] { certificate, Path.ChangeExtension(certificate, ".key") }.Select(file => Path.Combine(folder, Path.GetFileName(file))))
        {
            await RunAsync("chmod", "600", file);
            if (Environment.UserName == "root")
                await RunAsync("chown", "postgres:", file);
        }

        var access = Path.Combine(folder, "pg_hba.conf");
        await File.WriteAllTextAsync(access, "hostnossl all all all reject\n" + await File.ReadAllTextAsync(access));
        await ExecuteAsync($"ALTER SYSTEM SET ssl_cert_file = '{Path.GetFileName(certificate)}'");
        await ExecuteAsync($"ALTER SYSTEM SET ssl_key_file = '{Path.GetFileName(Path.ChangeExtension(certificate, ".key"))}'");
        await ExecuteAsync("ALTER SYSTEM SET ssl = on");
        await ExecuteAsync("SELECT pg_reload_conf()");
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>A standby of this one, to which every commit is told before it is answered.</summary>
    /// <param name="standbyPort">Of loopback.</param>
    public async Task<PostgreSqlServer> AddStandbyAsync(int standbyPort)
    {
        var standby = new PostgreSqlServer($"{folder}-standby", standbyPort);
        await RunAsync([.. AsOwner(), $"{Programs}/pg_basebackup", "-h", folder, "-p", $"{port ?? 5432}", "-U", Administrator, "-D", standby.folder, "-R", "-c", "fast"]);
        standby.isStandby = true;
        await standby.ContinueAsync();
        await ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await ExecuteAsync("SELECT pg_reload_conf()");
        return standby;
    }

    /// <summary>It follows nobody any more.</summary>
    public async Task PromoteAsync()
    {
        isStandby = false;
        await ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = ''");
        await ExecuteAsync("SELECT pg_promote()");
        await WaitUntilReadyAsync();
    }

    /// <summary>From here on its log is kept, beside a copy of what it has now: it can be taken back to any time from now on.</summary>
    public async Task ArchiveAsync()
    {
        Directory.CreateDirectory(Archive);
        if (Environment.UserName == "root")
            await RunAsync("chown", "postgres:", Archive);
        await ExecuteAsync("ALTER SYSTEM SET archive_mode = on");
        await ExecuteAsync($"ALTER SYSTEM SET archive_command = 'cp %p {Archive}/%f'");
        await StopAsync();
        await ContinueAsync();
        await RunAsync([.. AsOwner(), $"{Programs}/pg_basebackup", "-h", folder, "-U", Administrator, "-D", $"{Archive}/base", "-c", "fast", "--no-sync"]);
    }

    /// <summary>Takes it back to what it had at <paramref name="time"/>, as an administrator does; what came after is gone.</summary>
    public async Task RecoverAsync(DateTimeOffset time)
    {
        await ExecuteAsync("SELECT pg_switch_wal()");
        NpgsqlConnection.ClearAllPools();
        await StopAsync();
        await RunAsync([.. AsOwner(), "sh", "-c", "rm -rf \"$0\"/* && cp -a \"$1\"/. \"$0\"", folder, $"{Archive}/base"]);
        await File.AppendAllTextAsync(
            Path.Combine(folder, "postgresql.auto.conf"),
            $"restore_command = 'cp {Archive}/%f %p'\nrecovery_target_time = '{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}+00'\nrecovery_target_action = promote\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "recovery.signal"), "");
        await ContinueAsync();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await StopAsync();
        Directory.Delete(folder, recursive: true);
        if (Directory.Exists(Archive))
            Directory.Delete(Archive, recursive: true);
    }

    private string Archive => folder + "-archive";

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
        $"Host={(port is null ? folder : "127.0.0.1")};Port={port ?? 5432};Username={role};Database={database};Maximum Pool Size=20;Timeout=60;Command Timeout=60";

    private async Task WaitUntilReadyAsync()
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres", Administrator));
                await connection.OpenAsync();
                await using var command = new NpgsqlCommand("SELECT pg_is_in_recovery()", connection);
                if (isStandby || await command.ExecuteScalarAsync() is false)
                    return;
                await Task.Delay(50);
            }
            catch (NpgsqlException) when (waiting.Elapsed < Patience && shell is { HasExited: false })
            {
                await Task.Delay(50);
            }
        }
    }
}

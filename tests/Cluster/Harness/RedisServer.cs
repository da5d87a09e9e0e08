using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Mailstead.Hosting.Tls;
using StackExchange.Redis;

namespace Mailstead.Cluster.Harness;

/// <summary>
/// A Redis of our own, on loopback, in a temporary folder, with a password, in the clear and with TLS. It keeps nothing over a
/// kill: what is in it may be lost at any time.
/// </summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const int DatabasesMax = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string password = RandomNumberGenerator.GetHexString(16);
    private readonly int[] ports = FreePorts.Take(2);
    private GuardedProcess? process;
    private int taken;

    private RedisServer(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>As in <c>Cache:Redis</c>.</summary>
    public string ConnectionString => $"127.0.0.1:{ports[0]},password={password}";

    /// <summary>The same with a database that nobody else has.</summary>
    public string TakeDatabase() => $"{ConnectionString},defaultDatabase={Interlocked.Increment(ref taken)}";

    public string ConnectionStringWithTls => $"localhost:{ports[1]},ssl=true,password={password}";

    /// <summary>PEM file of the authority behind its certificate.</summary>
    public string Authorities => Path.Combine(Folder, "ca.pem");

    public static async Task<RedisServer> StartAsync()
    {
        var server = new RedisServer(Directory.CreateTempSubdirectory("mailstead-redis-").FullName);
        CertificateAuthority.LoadOrCreate(server.Folder, "Test cache", TimeProvider.System)!
            .Issue(server.Folder, "cache", "localhost", ["localhost"], [IPAddress.Loopback]);
        try
        {
            await server.ContinueAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task KillAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        process = null;
    }

    /// <summary>Connections stay open and nothing is answered any more.</summary>
    public Task FreezeAsync() => process!.SignalAsync("STOP");

    public Task ThawAsync() => process!.SignalAsync("CONT");

    /// <summary>Starts it, empty; returns when it serves.</summary>
    public async Task ContinueAsync()
    {
        process = await GuardedProcess.StartAsync(
            Path.Combine(Folder, "output"), new Dictionary<string, string>(), "redis-server", "--bind", "127.0.0.1", "--port", $"{ports[0]}",
            "--databases", $"{DatabasesMax}", "--tls-port", $"{ports[1]}", "--tls-cert-file", $"{Folder}/cache.pem", "--tls-key-file", $"{Folder}/cache.key",
            "--tls-ca-cert-file", $"{Folder}/ca.pem", "--tls-auth-clients", "no", "--requirepass", password, "--dir", Folder, "--save", "", "--rdbcompression", "no");
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = await ConnectAsync();
                await connection.GetDatabase().PingAsync();
                return;
            }
            catch (RedisException) when (waiting.Elapsed < Patience)
            {
                await Task.Delay(20);
            }
        }
    }

    public async Task<ConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(ConnectionString + ",allowAdmin=true");

    /// <summary>All that is in it, in the clear as far as it is.</summary>
    public async Task<byte[]> DumpAsync()
    {
        await using var connection = await ConnectAsync();
        await connection.GetDatabase().ExecuteAsync("SAVE");
        return await File.ReadAllBytesAsync(Path.Combine(Folder, "dump.rdb"));
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

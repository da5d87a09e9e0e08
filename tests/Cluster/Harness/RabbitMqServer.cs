using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mailstead.Hosting.Tls;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Mailstead.Cluster.Harness;

/// <summary>
/// A RabbitMQ node of our own, on loopback, in a temporary folder, with a password, in the clear and with TLS. It can be
/// killed and comes back with what it had.
/// </summary>
internal sealed class RabbitMqServer : IAsyncDisposable
{
    private const string User = "mailstead";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string password = RandomNumberGenerator.GetHexString(16);
    private readonly int[] ports = FreePorts.Take(4);
    private GuardedProcess? names;
    private GuardedProcess? node;

    private readonly int houses;
    private int taken;

    private RabbitMqServer(string folder, int houses) => (Folder, this.houses) = (folder, houses);

    /// <summary>All that it has: <c>mnesia</c> is its data, <c>log</c> its logs.</summary>
    public string Folder { get; }

    public string Uri => $"amqp://{User}:{password}@127.0.0.1:{ports[0]}";

    public string UriWithTls => $"amqps://{User}:{password}@localhost:{ports[1]}";

    /// <summary>PEM file of the authority behind its certificate.</summary>
    public string Authorities => Path.Combine(Folder, "ca.pem");

    /// <param name="houses">How many virtual hosts it has besides the usual one: brokers of their own for those who share it.</param>
    public static async Task<RabbitMqServer> StartAsync(int houses = 0)
    {
        var server = new RabbitMqServer(Directory.CreateTempSubdirectory("mailstead-rabbitmq-").FullName, houses);
        try
        {
            await server.PrepareAsync();
            await server.ContinueAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address of a virtual host that nobody else has.</summary>
    public string TakeHouse() => Interlocked.Increment(ref taken) is var number && number <= houses
        ? $"{Uri}/house{number}"
        : throw new InvalidOperationException($"All {houses} virtual hosts of the broker are taken: start it with more");

    /// <summary>As a power cut would.</summary>
    public async Task KillAsync()
    {
        if (node is not null)
            await node.DisposeAsync();
        node = null;
    }

    /// <summary>Starts it on what it had; returns when it serves.</summary>
    public async Task ContinueAsync()
    {
        var log = Path.Combine(Folder, "output");
        // The node would start the name server as a daemon that outlives it.
        names ??= await GuardedProcess.StartAsync(log, Environment, "epmd");
        node = await GuardedProcess.StartAsync(log, Environment, "/usr/lib/rabbitmq/bin/rabbitmq-server");
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = await ConnectAsync();
                return;
            }
            catch (BrokerUnreachableException) when (waiting.Elapsed < Patience)
            {
                await Task.Delay(100);
            }
        }
    }

    public Task<IConnection> ConnectAsync() =>
        new ConnectionFactory { Uri = new Uri(Uri), AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (names is not null)
            await names.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private Dictionary<string, string> Environment => new()
    {
        ["HOME"] = Folder,
        ["RABBITMQ_NODENAME"] = "mailstead@localhost",
        ["RABBITMQ_DIST_PORT"] = $"{ports[2]}",
        ["ERL_EPMD_PORT"] = $"{ports[3]}",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(Folder, "mnesia"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(Folder, "log"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(Folder, "rabbitmq"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(Folder, "enabled_plugins"),
        ["RABBITMQ_PID_FILE"] = Path.Combine(Folder, "pid"),
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
    };

    private async Task PrepareAsync()
    {
        CertificateAuthority.LoadOrCreate(Folder, "Test broker", TimeProvider.System)!
            .Issue(Folder, "broker", "localhost", ["localhost"], [IPAddress.Loopback]);
        await File.WriteAllTextAsync(Path.Combine(Folder, "enabled_plugins"), "[].");
        var cookie = Path.Combine(Folder, ".erlang.cookie");
        await File.WriteAllTextAsync(cookie, RandomNumberGenerator.GetHexString(20));
        File.SetUnixFileMode(cookie, UnixFileMode.UserRead);
        await File.WriteAllTextAsync(Path.Combine(Folder, "definitions.json"), Definitions());
        await File.WriteAllTextAsync(Path.Combine(Folder, "rabbitmq.conf"),
            $"""
            listeners.tcp.1 = 127.0.0.1:{ports[0]}
            listeners.ssl.1 = 127.0.0.1:{ports[1]}
            ssl_options.cacertfile = {Folder}/ca.pem
            ssl_options.certfile = {Folder}/broker.pem
            ssl_options.keyfile = {Folder}/broker.key
            ssl_options.verify = verify_none
            ssl_options.fail_if_no_peer_cert = false
            load_definitions = {Folder}/definitions.json
            vm_memory_high_watermark.absolute = 512MB
            disk_free_limit.absolute = 100MB

            """);
    }

    private string Definitions()
    {
        string[] names = ["/", .. Enumerable.Range(1, houses).Select(number => $"house{number}")];
        var salt = RandomNumberGenerator.GetBytes(4);
        var hash = SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)]);
        return JsonSerializer.Serialize(new
        {
            users = new[]
            {
                new
                {
                    name = User,
                    password_hash = Convert.ToBase64String([.. salt, .. hash]),
                    hashing_algorithm = "rabbit_password_hashing_sha256",
                    tags = "administrator",
                },
            },
            vhosts = names.Select(name => new { name }),
            permissions = names.Select(vhost => new { user = User, vhost, configure = ".*", write = ".*", read = ".*" }),
        });
    }
}

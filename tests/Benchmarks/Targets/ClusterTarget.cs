using System.Diagnostics;
using System.Text.Json;
using Mailstead.Benchmarks.Measures;
using Mailstead.LocalCluster;

namespace Mailstead.Benchmarks.Targets;

/// <summary>The chart's roles, each a process, on a PostgreSQL that syncs, RabbitMQ, Redis and a Ceph gateway, all on this machine.</summary>
internal sealed class ClusterTarget : Target
{
    private const int PortBase = 33000;

    private readonly ChartCluster cluster;
    private IReadOnlyList<Account> accounts = [];

    private ClusterTarget(ChartCluster cluster, TimeSpan startTime) => (this.cluster, StartTime) = (cluster, startTime);

    public override string Name => "Mailstead, roles on engines";

    public override int SmtpPort => PortOf("ingress", 25);

    public override int ImapPort => PortOf("imap", 143);

    public override int? ImapTlsPort => PortOf("imap", 993);

    public override IReadOnlyList<Account> Accounts => accounts;

    public override IReadOnlyList<int> ProcessIds => [.. cluster.Processes.Select(process => process.Id)];

    public override IReadOnlyDictionary<string, IReadOnlyList<int>> Parts => cluster.Processes
        .Select(process => (Name: process.Replica.Role, process.Id))
        .Concat(ProcessTree.Named(Environment.ProcessId, ["postgres", "beam.smp", "redis-server", "ceph-osd", "radosgw"]))
        .GroupBy(process => process.Name)
        .ToDictionary(part => part.Key, part => (IReadOnlyList<int>)[.. part.Select(process => process.Id)]);

    public override TimeSpan StartTime { get; }

    public static async Task<ClusterTarget> StartAsync(CancellationToken cancellationToken)
    {
        var engines = LocalEngines.StartAsync(isDurable: true);
        await engines;
        var watch = Stopwatch.StartNew();
        // The load speaks IMAP without TLS, as it does to the peers.
        var cluster = await ChartCluster.StartAsync(engines, PortBase, _ => null, "settings.Imap__PlaintextLogin=Loopback");
        await cluster.WaitUntilReadyAsync(cancellationToken);
        var target = new ClusterTarget(cluster, watch.Elapsed);
        var credentials = JsonSerializer.SerializeToElement(
            new { accessKeyId = cluster.AccessKeyId, secretAccessKey = cluster.SecretAccessKey, region = "us-east-1" });
        target.accounts = await BenchOrganization.CreateAsync(new Uri($"http://127.0.0.1:{target.PortOf("admin", 80)}"), credentials, cancellationToken);
        return target;
    }

    public override ValueTask DisposeAsync() => cluster.DisposeAsync();

    private int PortOf(string role, int wellKnownPort) => cluster.Of(role).First().Replica.PortBase + wellKnownPort;
}

using Mailstead.Cluster.Harness;
using Mailstead.Drills.Faults;
using Mailstead.Drills.Network;
using Mailstead.LocalCluster;
using Mailstead.LocalCluster.Processes;
using Npgsql;

namespace Mailstead.Drills;

/// <summary>
/// The chart's roles with two replicas each, on engines of their own, with all that can go wrong within reach: processes, engines,
/// the way to the object store and, where this process may make networks, the cable of each role's second replica.
/// </summary>
internal sealed class DrillCluster : Drilled
{
    public static readonly string[] Roles = ["keys", "directories", "mailboxes", "delivery", "ingress", "submission", "imap", "admin"];

    private const int PortBase = 20000;
    private readonly Dictionary<string, Cable> cables = [];

    private ChartCluster cluster = null!;

    public ObjectStoreWire ObjectStore { get; } = new();

    public LocalEngines Engines => cluster.Engines;

    public IReadOnlyList<RoleProcess> Processes => cluster.Processes;

    public override IReadOnlyList<(string Role, Uri Ready)> Health => [.. Processes.Select(process => (process.Replica.Role, process.Replica.Ready))];

    public override IReadOnlyList<(string Host, int Port)> Ingress => PlacesOf("ingress", 25);

    public static async Task<DrillCluster> StartAsync(CancellationToken cancellationToken)
    {
        var started = new DrillCluster();
        try
        {
            if (OwnNetwork.IsEntered)
            {
                foreach (var role in Roles)
                    started.cables[role] = await Cable.LayAsync(Array.IndexOf(Roles, role));
            }

            started.cluster = await ChartCluster.StartAsync(
                StartEnginesAsync(started.ObjectStore), PortBase, started.PlaceOf, "roleDefaults.replicas=2", $"bodies.endpoint={started.ObjectStore.Endpoint}");
            await started.cluster.WaitUntilReadyAsync(cancellationToken);
            await started.OpenMailboxesAsync(
                started.cluster.Accounts(), started.PlacesOf("imap", 993), started.cluster.Authority, cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public RoleProcess Replica(string role, int number) => cluster.Of(role).ElementAt(number);

    public IEnumerable<RoleProcess> Of(string role) => cluster.Of(role);

    /// <summary>The cable of a role's second replica.</summary>
    public Cable CableOf(string role) => cables.GetValueOrDefault(role)
        ?? throw new InvalidOperationException("Only root may make networks and cut their cables: run the drills as root");

    public override Task WaitUntilReadyAsync(CancellationToken cancellationToken) => cluster.WaitUntilReadyAsync(cancellationToken);

    public override async Task<(long Spooled, long Outbound)> CountWaitingAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Engines.Database) { Username = "postgres", Pooling = false }.ToString());
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT (SELECT count(*) FROM delivery.spool), (SELECT count(*) FROM delivery.outbound)", connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.GetInt64(0), row.GetInt64(1));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (cluster is not null)
            await cluster.DisposeAsync();
        foreach (var cable in cables.Values)
            await cable.DisposeAsync();
        await ObjectStore.DisposeAsync();
    }

    private static async Task<LocalEngines> StartEnginesAsync(ObjectStoreWire wire)
    {
        var engines = await LocalEngines.StartAsync(FreePorts.Take(1)[0]);
        wire.LeadTo(engines.S3.Port);
        return engines;
    }

    private Place? PlaceOf(Replica replica) => replica.Number == 1 ? cables.GetValueOrDefault(replica.Role)?.Place : null;

    private List<(string Host, int Port)> PlacesOf(string role, int port) =>
        [.. cluster.Of(role).Select(process => (process.Replica.Address, process.Replica.PortBase + port))];
}

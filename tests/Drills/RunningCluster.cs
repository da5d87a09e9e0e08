namespace Mailstead.Drills;

/// <summary>One cluster for all drills of the suite.</summary>
public sealed class RunningCluster : IAsyncLifetime
{
    internal DrillCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await DrillCluster.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

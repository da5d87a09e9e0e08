namespace Mailstead.Drills;

/// <summary>One cluster for all drills of the suite.</summary>
public sealed class RunningCluster : IAsyncLifetime
{
    private DrillCluster? cluster;

    internal DrillCluster Cluster => cluster ?? throw new InvalidOperationException("The cluster has not been started");

    public async ValueTask InitializeAsync() => cluster = await DrillCluster.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => cluster?.DisposeAsync() ?? ValueTask.CompletedTask;
}

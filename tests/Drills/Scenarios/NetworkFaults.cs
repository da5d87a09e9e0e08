namespace Mailstead.Drills.Scenarios;

/// <summary>The cable of a replica is pulled: no packet passes, no connection is closed.</summary>
internal static class NetworkFaults
{
    private static readonly TimeSpan RidesOut = TimeSpan.FromSeconds(45);

    public static IEnumerable<Drill<DrillCluster>> All =>
    [
        .. DrillCluster.Roles.Select(role => new Drill<DrillCluster>($"cut-{role}", $"one of two replicas of {role} is cut from the network", (cluster, pace, token) =>
            CutAsync(cluster, [role], pace, token))
        {
            EndAsync = cluster => cluster.CableOf(role).PlugInAsync(), RidesOutWithin = RidesOut, IsQuick = role == "mailboxes", NeedsOwnNetwork = true,
        }),
        new("cut-half", "one replica of every role is cut from the network, as when a node is lost", (cluster, pace, token) =>
            CutAsync(cluster, DrillCluster.Roles, pace, token))
        {
            EndAsync = async cluster =>
            {
                foreach (var role in DrillCluster.Roles)
                    await cluster.CableOf(role).PlugInAsync();
            },
            RidesOutWithin = RidesOut, NeedsOwnNetwork = true,
        },
    ];

    private static async Task CutAsync(DrillCluster cluster, string[] roles, Pace pace, CancellationToken cancellationToken)
    {
        foreach (var role in roles)
            await cluster.CableOf(role).PullAsync();
        // Long enough for the silence to be noticed.
        await Task.Delay(pace.Hold * 2, cancellationToken);
    }
}

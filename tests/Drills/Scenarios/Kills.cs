namespace Mailstead.Drills.Scenarios;

/// <summary>SIGKILL for processes of ours, which come back by themselves.</summary>
internal static class Kills
{
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan RidesOut = TimeSpan.FromSeconds(15);

    public static IEnumerable<Drill<DrillCluster>> All =>
    [
        new("kill-each", "one replica of each role in turn", KillEachAsync) { RidesOutWithin = RidesOut, IsQuick = true },
        new("kill-random", "replicas at random, again and again", KillAtRandomAsync) { RidesOutWithin = RidesOut, IsQuick = true },
        new("kill-half", "one replica of every role at once, which stay away", HoldHalfAsync)
        {
            EndAsync = ReleaseAsync, RidesOutWithin = TimeSpan.FromSeconds(30), IsQuick = true,
        },
        .. DrillCluster.Roles.Select(role => new Drill<DrillCluster>($"kill-{role}", $"one of two replicas of {role}", (cluster, _, _) => cluster.Replica(role, 0).KillAsync())
        {
            RidesOutWithin = RidesOut,
        }),
        .. DrillCluster.Roles.Select(role => new Drill<DrillCluster>($"lose-{role}", $"all replicas of {role} at once", (cluster, _, _) => KillAllAsync(cluster, role))),
    ];

    private static async Task KillEachAsync(DrillCluster cluster, Pace pace, CancellationToken cancellationToken)
    {
        foreach (var role in DrillCluster.Roles)
        {
            await cluster.Replica(role, Random.Shared.Next(2)).KillAsync();
            await Task.Delay(BetweenKills, cancellationToken);
        }
    }

    private static async Task KillAtRandomAsync(DrillCluster cluster, Pace pace, CancellationToken cancellationToken)
    {
        for (var i = 0; i < pace.Kills; i++)
        {
            await cluster.Processes[Random.Shared.Next(cluster.Processes.Count)].KillAsync();
            await Task.Delay(BetweenKills * 2 * Random.Shared.NextDouble(), cancellationToken);
        }
    }

    private static async Task HoldHalfAsync(DrillCluster cluster, Pace pace, CancellationToken cancellationToken)
    {
        await Task.WhenAll(DrillCluster.Roles.Select(role => cluster.Replica(role, 0).KillAndHoldAsync()));
        await Task.Delay(pace.Hold, cancellationToken);
    }

    private static Task ReleaseAsync(DrillCluster cluster)
    {
        foreach (var process in cluster.Processes)
            process.Release();
        return Task.CompletedTask;
    }

    private static Task KillAllAsync(DrillCluster cluster, string role) => Task.WhenAll(cluster.Of(role).Select(process => process.KillAsync()));
}

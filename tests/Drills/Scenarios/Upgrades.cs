using Mailstead.LocalCluster.Chart;

namespace Mailstead.Drills.Scenarios;

/// <summary>All roles roll to another build of the program, one replica after the other, each drained and ready before the next.</summary>
internal static class Upgrades
{
    /// <summary>Where the other build is, if one was made: <c>./build.sh drills</c> makes one.</summary>
    private static readonly string Other = Repository.In("artifacts/mailstead-next/mailstead");

    public static IEnumerable<Drill<DrillCluster>> All =>
    [
        new("roll", "all roles roll to a new version", RollAsync) { RidesOutWithin = TimeSpan.FromSeconds(15) },
    ];

    private static async Task RollAsync(DrillCluster cluster, Pace pace, CancellationToken cancellationToken)
    {
        var next = File.Exists(Other) ? Other : Repository.In("artifacts/mailstead/mailstead");
        foreach (var process in cluster.Processes)
        {
            await process.ReplaceAsync(next);
            await cluster.WaitUntilReadyAsync(cancellationToken);
        }
    }
}

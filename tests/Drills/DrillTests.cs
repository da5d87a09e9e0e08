using Mailstead.Drills.Network;
using Mailstead.Drills.Scenarios;

namespace Mailstead.Drills;

/// <summary>
/// The quick drills: whatever is killed, stopped or cut off, no acknowledged message is lost or doubled and every client comes to
/// know what is there. <c>./build.sh drills</c> runs them all, for longer.
/// </summary>
public sealed class DrillTests(RunningCluster running) : IClassFixture<RunningCluster>
{
    public static TheoryData<string> OfCluster => [.. DrillList.OfCluster.Where(drill => drill.IsQuick).Select(drill => drill.Name)];

    public static TheoryData<string> OfDisk => [.. DrillList.OfDisk.Where(drill => drill.IsQuick).Select(drill => drill.Name)];

    [Theory]
    [MemberData(nameof(OfCluster))]
    public Task A_cluster_loses_and_doubles_nothing_and_clients_converge(string name)
    {
        var drill = Find(DrillList.OfCluster, name);
        return PassesAsync(running.Cluster, drill);
    }

    [Theory]
    [MemberData(nameof(OfDisk))]
    public async Task A_full_disk_loses_and_doubles_nothing_and_clients_converge(string name)
    {
        var drill = Find(DrillList.OfDisk, name);
        await using var disk = await SmallDisk.StartAsync(TestContext.Current.CancellationToken);
        await PassesAsync(disk, drill);
    }

    private static T Find<T>(IEnumerable<T> drills, string name)
        where T : Drill
    {
        var drill = drills.Single(drill => drill.Name == name);
        Assert.SkipUnless(!drill.NeedsOwnNetwork || OwnNetwork.IsEntered, "This machine lets no process have a network and mounts of its own: run it as root, outside of a restricted container");
        return drill;
    }

    private static async Task PassesAsync<T>(T drilled, Drill<T> drill)
        where T : Drilled
    {
        var report = await new DrillRun<T>(drilled, drill, Pace.Quick).RunAsync(TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage(report.ToString());
        Assert.True(report.Faults.Count == 0, report.ToString());
    }
}

namespace Mailstead.Drills.Scenarios;

/// <summary>Every drill, in the order in which all of them run.</summary>
internal static class DrillList
{
    public static readonly IReadOnlyList<Drill<DrillCluster>> OfCluster = [.. Kills.All, .. EngineFaults.All, .. NetworkFaults.All, .. Upgrades.All];

    public static readonly IReadOnlyList<Drill<SmallDisk>> OfDisk = [.. DiskFaults.All];

    public static IEnumerable<Drill> All => [.. OfCluster, .. OfDisk];
}

namespace Mailstead.Drills.Scenarios;

/// <summary>No room is left on the disk of a program that keeps everything there.</summary>
internal static class DiskFaults
{
    public static IReadOnlyList<Drill<SmallDisk>> All =>
    [
        new("disk-full", "the disk of a single process is full", async (disk, pace, token) =>
        {
            await disk.FillAsync();
            await Task.Delay(pace.Hold, token);
        })
        {
            EndAsync = disk =>
            {
                disk.MakeRoom();
                return Task.CompletedTask;
            },
            MustHear = "452 4.3.1", IsQuick = true, NeedsOwnNetwork = true,
        },
        new("disk-full-kill", "the disk is full and the process is killed and started again on it", async (disk, pace, token) =>
        {
            await disk.FillAsync();
            await Task.Delay(pace.Hold / 2, token);
            await disk.KillAsync();
            await Task.Delay(pace.Hold / 2, token);
        })
        {
            EndAsync = async disk =>
            {
                disk.MakeRoom();
                await disk.ReviveAsync();
            },
            MustHear = "452 4.3.1", IsQuick = true, NeedsOwnNetwork = true,
        },
    ];
}

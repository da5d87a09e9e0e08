using Mailstead.Drills.Reports;
using Mailstead.Drills.Scenarios;

namespace Mailstead.Drills;

/// <summary>
/// <c>./build.sh drills [-- [--quick] NAME…]</c>: all drills, or those that are named, at full length or at the suite's pace.
/// </summary>
internal static class FullRun
{
    private const string QuickOption = "--quick";

    public static async Task<int> RunAsync(string[] words, TextWriter output, CancellationToken cancellationToken)
    {
        var pace = words.Contains(QuickOption) ? Pace.Quick : Pace.Full;
        string[] names = [.. words.Where(word => word != QuickOption)];
        var known = DrillList.All.Select(drill => drill.Name).ToList();
        if (names.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            await Console.Error.WriteLineAsync($"drills: there is no drill '{unknown}'; allowed: {QuickOption} {string.Join(' ', known)}");
            return 2;
        }

        bool IsChosen(Drill drill) => names.Length == 0 || names.Contains(drill.Name);
        List<DrillReport> reports =
        [
            .. await RunAsync(DrillList.OfCluster.Where(IsChosen), DrillCluster.StartAsync, pace, output, cancellationToken),
            .. await RunAsync(DrillList.OfDisk.Where(IsChosen), SmallDisk.StartAsync, pace, output, cancellationToken),
        ];
        var failed = reports.Count(report => report.Faults.Count > 0);
        await output.WriteLineAsync($"{reports.Count - failed} passed, {failed} failed");
        return failed > 0 ? 1 : 0;
    }

    private static async Task<List<DrillReport>> RunAsync<T>(
        IEnumerable<Drill<T>> drills, Func<CancellationToken, Task<T>> start, Pace pace, TextWriter output, CancellationToken cancellationToken)
        where T : Drilled
    {
        var reports = new List<DrillReport>();
        if (!drills.Any())
            return reports;
        await output.WriteLineAsync($"Starting what {drills.Count()} drills run on …");
        await using var drilled = await start(cancellationToken);
        foreach (var drill in drills)
        {
            reports.Add(await new DrillRun<T>(drilled, drill, pace).RunAsync(cancellationToken));
            await output.WriteLineAsync(reports[^1].ToString());
            await output.FlushAsync(cancellationToken);
        }

        return reports;
    }
}

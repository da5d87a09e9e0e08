using System.Globalization;

namespace Mailstead.Benchmarks.Measures;

/// <summary>What processes and all their children use, read from /proc. Children that have ended count where their parent reaped them.</summary>
internal static class ProcessTree
{
    private const double TicksPerSecond = 100;

    public static TimeSpan CpuTime(IEnumerable<int> roots) =>
        TimeSpan.FromSeconds(Members(roots).Sum(Ticks) / TicksPerSecond);

    /// <summary>Bytes of memory, shared pages divided among those who share them (PSS).</summary>
    public static long Memory(IEnumerable<int> roots) => Members(roots).Sum(Pss);

    /// <summary>Descendants of a process that are called so.</summary>
    public static IEnumerable<(string Name, int Id)> Named(int root, IReadOnlyCollection<string> names) => Members([root])
        .Select(id => (Name: NameOf(id), Id: id))
        .Where(process => names.Contains(process.Name));

    /// <summary>CPU time of processes alone, without their children.</summary>
    public static TimeSpan OwnCpuTime(IEnumerable<int> ids) => TimeSpan.FromSeconds(ids.Sum(Ticks) / TicksPerSecond);

    private static string NameOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").TrimEnd('\n');
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static List<int> Members(IEnumerable<int> roots)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (id, fields: Stat(id)))
            .Where(process => process.fields.Length > 1)
            .ToLookup(process => int.Parse(process.fields[1], CultureInfo.InvariantCulture), process => process.id);
        var members = new List<int>(roots);
        for (var i = 0; i < members.Count; i++)
            members.AddRange(children[members[i]]);
        return members;
    }

    private static double Ticks(int id) =>
        Stat(id) is { Length: > 14 } fields
            ? fields[11..15].Sum(field => double.Parse(field, CultureInfo.InvariantCulture))
            : 0;

    /// <summary>The fields of /proc/N/stat from the state on; empty when the process has gone.</summary>
    private static string[] Stat(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static long Pss(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/smaps_rollup").FirstOrDefault(line => line.StartsWith("Pss:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

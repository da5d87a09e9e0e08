using System.Globalization;

namespace Mailstead.EndToEnd.Harness;

/// <summary>How much a server's memory has grown since, at its highest: that of the process which grew most.</summary>
internal sealed class PeakMemory
{
    private readonly Dictionary<int, long> before;

    public PeakMemory(MailsteadServer server)
    {
        // 5: the high-water mark begins anew.
        foreach (var id in server.ProcessIds)
            File.WriteAllText($"/proc/{id}/clear_refs", "5");
        before = server.ProcessIds.ToDictionary(id => id, id => Kilobytes(id, "VmRSS"));
    }

    public long GrowthInMegabytes => before.Max(process => Kilobytes(process.Key, "VmHWM") - process.Value) / 1024;

    private static long Kilobytes(int process, string name)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }
}

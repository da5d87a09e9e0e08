using System.Globalization;

namespace Mailstead.EndToEnd.Harness;

/// <summary>How much a server's resident memory grows while a test is at it, as the kernel counts.</summary>
internal sealed class PeakMemory
{
    private readonly MailsteadServer server;
    private readonly long before;

    public PeakMemory(MailsteadServer server)
    {
        this.server = server;
        // 5: the high-water mark begins anew.
        foreach (var id in server.ProcessIds)
            File.WriteAllText($"/proc/{id}/clear_refs", "5");
        before = Kilobytes("VmRSS");
    }

    public long GrowthInMegabytes => (Kilobytes("VmHWM") - before) / 1024;

    private long Kilobytes(string name) => server.ProcessIds.Sum(id =>
    {
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    });
}

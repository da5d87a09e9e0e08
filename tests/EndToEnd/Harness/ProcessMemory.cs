using System.Globalization;

namespace Mailstead.EndToEnd.Harness;

/// <summary>What the kernel says a process takes.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident megabytes now.</summary>
    public static int ResidentMegabytes(MailsteadServer server) => Read(server, "VmRSS:");

    /// <summary>The most that were ever resident, since <see cref="ForgetPeak"/>.</summary>
    public static int PeakMegabytes(MailsteadServer server) => Read(server, "VmHWM:");

    public static void ForgetPeak(MailsteadServer server) => File.WriteAllText($"/proc/{server.ProcessId}/clear_refs", "5");

    private static int Read(MailsteadServer server, string name)
    {
        var line = File.ReadLines($"/proc/{server.ProcessId}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }
}

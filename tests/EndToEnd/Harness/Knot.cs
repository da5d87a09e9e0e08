using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mailstead.Cluster.Harness;

namespace Mailstead.EndToEnd.Harness;

/// <summary>A real name server (Knot) with one zone, on loopback. Names elsewhere it refuses to look up.</summary>
internal sealed class Knot : IAsyncDisposable
{
    private readonly Process process;
    private readonly string folder;

    private Knot(Process process, string folder, int port)
    {
        this.process = process;
        this.folder = folder;
        Address = $"127.0.0.1:{port}";
    }

    /// <summary>For <c>--dns</c>.</summary>
    public string Address { get; }

    public static async Task<Knot> StartAsync(string zone, string records)
    {
        var folder = Directory.CreateTempSubdirectory("mailstead-knot-").FullName;
        var port = FreePorts.TakeOfBothKinds();
        await File.WriteAllTextAsync(Path.Combine(folder, zone + ".zone"),
            $"$ORIGIN {zone}.\n$TTL 1\n@ SOA ns hostmaster 1 60 60 60 1\n@ NS ns\nns A 127.0.0.1\n{records}\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "knot.conf"),
            $"""
             server:
               listen: 127.0.0.1@{port}
               rundir: "{folder}"
             database:
               storage: "{folder}"
             template:
               - id: default
                 storage: "{folder}"
                 file: "%s.zone"
             zone:
               - domain: {zone}
             """);
        var start = new ProcessStartInfo("/usr/sbin/knotd", ["-c", Path.Combine(folder, "knot.conf")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("knotd did not start");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var knot = new Knot(process, folder, port);
        await knot.WaitAsync(zone, port);
        return knot;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task WaitAsync(string zone, int port)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while (true)
        {
            var answer = await Tool.RunAsync("kdig",
                ["@127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "+short", "+time=1", "+retry=0", "ns." + zone, "A"]);
            if (answer.Output.Contains("127.0.0.1", StringComparison.Ordinal))
                return;
            Assert.False(process.HasExited, "knotd ended");
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, "knotd did not answer within 60 s");
            await Task.Delay(50);
        }
    }
}

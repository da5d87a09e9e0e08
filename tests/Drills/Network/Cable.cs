using System.Diagnostics;
using Mailstead.LocalCluster.Processes;

namespace Mailstead.Drills.Network;

/// <summary>
/// A network namespace for one replica and the cable to it, which can be pulled: then no packet gets through in either
/// direction, and neither side is told. What the others have on loopback it reaches by the cable's other end.
/// </summary>
internal sealed class Cable : IAsyncDisposable
{
    private readonly Process holder;
    private readonly string device;

    private Cable(Process holder, string device, Place place) => (this.holder, this.device, Place) = (holder, device, place);

    public Place Place { get; }

    /// <param name="number">0 to 255, another for each cable.</param>
    public static async Task<Cable> LayAsync(int number)
    {
        var (outside, inside, device) = ($"10.203.{number}.1", $"10.203.{number}.2", $"cable{number}");
        // It keeps the namespace while nothing else runs there, and ends with this process.
        var holder = Process.Start(new ProcessStartInfo("unshare", ["--net", "sh", "-c", "echo ready; read end"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await holder.StandardOutput.ReadLineAsync();
        string[] entry = ["nsenter", $"--net=/proc/{holder.Id}/ns/net"];
        await Command.RunAsync("ip", "link", "add", device, "type", "veth", "peer", "name", "cable", "netns", $"{holder.Id}");
        await Command.RunAsync("ip", "address", "add", $"{outside}/30", "dev", device);
        await Command.RunAsync("ip", "link", "set", device, "up");
        // What comes in for the cable's end is for loopback, where the engines and the others are.
        await File.WriteAllTextAsync($"/proc/sys/net/ipv4/conf/{device}/route_localnet", "1");
        await Command.RunAsync("iptables", "-t", "nat", "-A", "PREROUTING", "-i", device, "-d", outside, "-p", "tcp", "-j", "DNAT", "--to-destination", "127.0.0.1");
        await Command.RunAsync([.. entry, "ip", "link", "set", "lo", "up"]);
        await Command.RunAsync([.. entry, "ip", "address", "add", $"{inside}/30", "dev", "cable"]);
        await Command.RunAsync([.. entry, "ip", "link", "set", "cable", "up"]);
        await Command.RunAsync([.. entry, "ip", "route", "add", "default", "via", outside]);
        return new Cable(holder, device, new Place(inside, outside, entry));
    }

    public Task PullAsync() => Command.RunAsync("ip", "link", "set", device, "down");

    public Task PlugInAsync() => Command.RunAsync("ip", "link", "set", device, "up");

    public async ValueTask DisposeAsync()
    {
        holder.StandardInput.Close();
        await holder.WaitForExitAsync();
        holder.Dispose();
    }
}

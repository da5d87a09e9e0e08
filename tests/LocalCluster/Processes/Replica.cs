namespace Mailstead.LocalCluster.Processes;

/// <summary>
/// Which of a role's processes, and where on this machine it is: it has a port base and a folder of its own, and a place in the
/// network when it isn't on loopback like the others.
/// </summary>
internal sealed record Replica(string Role, int Number, int PortBase, string Folder, Place? Place = null)
{
    private const int ManagementPort = 9090;
    private const int CallsPort = 7443;

    public string Name => $"{Role}-{Number}";

    /// <summary>Where it listens.</summary>
    public string Address => Place?.Address ?? "127.0.0.1";

    public string Calls => $"{Address}:{PortBase + CallsPort}";

    public Uri Ready => new($"http://{Address}:{PortBase + ManagementPort}/health/ready");

    public string Data => Path.Combine(Folder, "data");

    public string Log => Path.Combine(Folder, "log");

    public string At(int wellKnownPort) => $"{Address}:{PortBase + wellKnownPort}";
}

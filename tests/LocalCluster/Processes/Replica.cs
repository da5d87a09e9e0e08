namespace Mailstead.LocalCluster.Processes;

/// <summary>Which of a role's processes, and where on this machine it is: it has a port base and a folder of its own.</summary>
internal sealed record Replica(string Role, int Number, int PortBase, string Folder)
{
    private const int ManagementPort = 9090;
    private const int CallsPort = 7443;

    public string Name => $"{Role}-{Number}";

    public string Calls => $"127.0.0.1:{PortBase + CallsPort}";

    public Uri Ready => new($"http://127.0.0.1:{PortBase + ManagementPort}/health/ready");

    public string Data => Path.Combine(Folder, "data");

    public string Log => Path.Combine(Folder, "log");

    public string At(int wellKnownPort) => $"127.0.0.1:{PortBase + wellKnownPort}";
}

using System.Net;

namespace Mailstead.Hosting;

/// <summary>What the operator decided about this process: the command line, the environment and the settings file as one.</summary>
public sealed record InstallationOptions
{
    /// <summary>Databases, bodies, keys and certificates; readable by the service's user alone.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Every listener is this + its well-known port. 0: the real ports.</summary>
    public int PortBase { get; init; } = 10000;

    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>The name that servers greet with, and that Received fields and certificates carry.</summary>
    public string Hostname { get; init; } = "localhost";

    /// <summary>The resolver to ask, or null for the system's.</summary>
    public IPEndPoint? Dns { get; init; }

    public required IReadOnlySet<string> Roles { get; init; }

    /// <summary>The region in ARNs and SigV4 scopes.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>The twelve-digit account of the installation.</summary>
    public string AccountId { get; init; } = "000000000000";

    /// <summary>Test mail domains are <c>{alias}.{suffix}</c>.</summary>
    public string TestDomainSuffix { get; init; } = "mailstead.test";

    public int PortOf(int wellKnownPort) => PortBase + wellKnownPort;

    /// <summary>A folder under the data directory, made with owner-only mode when absent.</summary>
    public string Folder(string name)
    {
        var path = Path.Combine(DataDirectory, name);
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}

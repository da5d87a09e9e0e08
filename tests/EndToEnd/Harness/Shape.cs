using System.Globalization;
using System.Net;
using Mailstead.Hosting.Tls;

namespace Mailstead.EndToEnd.Harness;

/// <summary>A process of an installation: which one it is, how it is started, where it tells how it is.</summary>
/// <param name="Name">The role, with a number for a second replica; empty when one process is everything.</param>
internal sealed record ProcessPlan(string Name, string[] Options, Dictionary<string, string> Environment, int ManagementPort);

/// <summary>
/// How the program runs under the tests: as one process on its own files or, with <c>TEST_SHAPE=cluster</c>, each role
/// in a process of its own on PostgreSQL, an object store, RabbitMQ and Redis.
/// </summary>
internal static class Shape
{
    /// <summary>Processes of a cluster at most; each has a port for calls and one for management.</summary>
    public const int ProcessesMax = 16;
    public const int FirstCallsPort = 7443;
    public const int FirstManagementPort = 9080;

    private const int HttpPort = 80;

    public static readonly string[] Roles = ["keys", "directories", "mailboxes", "delivery", "ingress", "submission", "imap", "admin"];
    private static readonly string[] Core = Roles[..4];

    public static readonly bool IsCluster = Environment.GetEnvironmentVariable("TEST_SHAPE") == "cluster";

    /// <summary>What every process of a cluster needs: engines, certificates, where the others are. Nothing for one process.</summary>
    /// <param name="twice">Core roles with two replicas.</param>
    public static async Task<Dictionary<string, string>> PrepareAsync(string data, int portBase, string[] twice)
    {
        if (!IsCluster)
            return [];
        Certify(data);
        var settings = await ClusterEngines.NewInstallationAsync();
        settings["MAILSTEAD_Services__Authorities"] = Path.Combine(data, "roles", "ca.pem");
        settings["MAILSTEAD_Tls__Certificate"] = Path.Combine(data, "tls", "server.pem");
        settings["MAILSTEAD_Tls__PrivateKey"] = Path.Combine(data, "tls", "server.key");
        var names = Names(twice);
        foreach (var role in Core)
        {
            var places = names.Index().Where(one => RoleOf(one.Item) == role).Select(one => $"127.0.0.1:{portBase + FirstCallsPort + one.Index}");
            settings["MAILSTEAD_Services__Addresses__" + role] = string.Join(',', places);
        }

        return settings;
    }

    /// <summary>The command lines and settings of all processes.</summary>
    public static IEnumerable<ProcessPlan> Plan(
        string data, int portBase, string[] options, string[] twice,
        IReadOnlyDictionary<string, string> prepared, IReadOnlyDictionary<string, string> environment)
    {
        string[] ports = ["--port-base", portBase.ToString(CultureInfo.InvariantCulture)];
        if (!IsCluster)
        {
            yield return new("", ["--data", data, .. ports, .. options], new(environment), portBase + HttpPort);
            yield break;
        }

        foreach (var (number, name) in Names(twice).Index())
        {
            var role = RoleOf(name);
            // The directory's process is the one that makes what the tests look for in the data directory.
            var own = name == "directories" ? data : Path.Combine(data, "roles", name);
            yield return new(name, ["--data", own, .. ports, "--roles", role, .. options], new(prepared.Concat(environment))
            {
                ["MAILSTEAD_Services__Port"] = $"{FirstCallsPort + number}",
                ["MAILSTEAD_Listeners__ManagementPort"] = $"{FirstManagementPort + number}",
                ["MAILSTEAD_Services__Certificate"] = Path.Combine(data, "roles", role + ".pem"),
                ["MAILSTEAD_Services__PrivateKey"] = Path.Combine(data, "roles", role + ".key"),
            }, portBase + FirstManagementPort + number);
        }
    }

    /// <summary>The settings of an operator's command: where roles are processes, those of the one that keeps mailboxes.</summary>
    public static Dictionary<string, string> ForCommands(
        string data, IReadOnlyDictionary<string, string> prepared, IReadOnlyDictionary<string, string> environment)
    {
        var settings = new Dictionary<string, string>(prepared.Concat(environment))
        {
            ["MAILSTEAD_Data"] = IsCluster ? Path.Combine(data, "roles", "operator") : data,
        };
        if (IsCluster)
        {
            settings["MAILSTEAD_Services__Certificate"] = Path.Combine(data, "roles", "mailboxes.pem");
            settings["MAILSTEAD_Services__PrivateKey"] = Path.Combine(data, "roles", "mailboxes.key");
        }

        return settings;
    }

    /// <summary>Where each process tells of itself.</summary>
    public static IEnumerable<string> ManagementPlaces(int portBase) => IsCluster
        ? Roles.Select((_, number) => $"http://127.0.0.1:{portBase + FirstManagementPort + number}")
        : [$"http://127.0.0.1:{portBase + 80}"];

    private static string[] Names(string[] twice) => [.. Roles, .. twice.Select(role => role + "-2")];

    private static string RoleOf(string name) => name.Split('-')[0];

    private static void Certify(string data)
    {
        var tls = Directory.CreateDirectory(Path.Combine(data, "tls"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        CertificateAuthority.LoadOrCreate(tls, "Mailstead installation CA", TimeProvider.System)!
            .Issue(tls, "server", "localhost", ["localhost"], [IPAddress.Loopback, IPAddress.IPv6Loopback]);
        var roles = Directory.CreateDirectory(Path.Combine(data, "roles"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        var authority = CertificateAuthority.LoadOrCreate(roles, "Test roles", TimeProvider.System)!;
        foreach (var role in Roles)
            authority.Issue(roles, role, role, [role + ".role.mailstead.internal"], []);
    }
}

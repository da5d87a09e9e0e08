using System.Globalization;
using System.Net;
using Mailstead.Hosting.Tls;

namespace Mailstead.EndToEnd.Harness;

/// <summary>
/// How the program runs under the tests: as one process on its own files or, with <c>TEST_SHAPE=cluster</c>, each role
/// in a process of its own on PostgreSQL, an object store, RabbitMQ and Redis.
/// </summary>
internal static class Shape
{
    private const int FirstCallsPort = 7443;
    private const int FirstManagementPort = 9080;
    private static readonly string[] Roles = ["keys", "directories", "mailboxes", "delivery", "ingress", "submission", "imap", "admin"];

    public static readonly bool IsCluster = Environment.GetEnvironmentVariable("TEST_SHAPE") == "cluster";

    /// <summary>What every process of a cluster needs: engines, certificates, where the others are. Nothing for one process.</summary>
    public static async Task<Dictionary<string, string>> PrepareAsync(string data, int portBase)
    {
        if (!IsCluster)
            return [];
        Certify(data);
        var settings = await ClusterEngines.NewInstallationAsync();
        settings["MAILSTEAD_Services__Authorities"] = Path.Combine(data, "roles", "ca.pem");
        settings["MAILSTEAD_Tls__Certificate"] = Path.Combine(data, "tls", "server.pem");
        settings["MAILSTEAD_Tls__PrivateKey"] = Path.Combine(data, "tls", "server.key");
        foreach (var role in Roles[..4])
            settings["MAILSTEAD_Services__Addresses__" + role] = $"127.0.0.1:{portBase + CallsPort(role)}";
        return settings;
    }

    /// <summary>The command lines and settings of all processes.</summary>
    public static IEnumerable<(string[] Options, Dictionary<string, string> Environment)> Plan(
        string data, int portBase, string[] options, IReadOnlyDictionary<string, string> prepared, IReadOnlyDictionary<string, string> environment)
    {
        string[] ports = ["--port-base", portBase.ToString(CultureInfo.InvariantCulture)];
        if (!IsCluster)
        {
            yield return (["--data", data, .. ports, .. options], new(environment));
            yield break;
        }

        foreach (var role in Roles)
        {
            // The directory's process is the one that makes what the tests look for in the data directory.
            var own = role == "directories" ? data : Path.Combine(data, "roles", role);
            yield return (["--data", own, .. ports, "--roles", role, .. options], new(prepared.Concat(environment))
            {
                ["MAILSTEAD_Services__Port"] = $"{CallsPort(role)}",
                ["MAILSTEAD_Listeners__ManagementPort"] = $"{FirstManagementPort + Array.IndexOf(Roles, role)}",
                ["MAILSTEAD_Services__Certificate"] = Path.Combine(data, "roles", role + ".pem"),
                ["MAILSTEAD_Services__PrivateKey"] = Path.Combine(data, "roles", role + ".key"),
            });
        }
    }

    /// <summary>Where each process tells of itself.</summary>
    public static IEnumerable<string> ManagementPlaces(int portBase) => IsCluster
        ? Roles.Select((_, number) => $"http://127.0.0.1:{portBase + FirstManagementPort + number}")
        : [$"http://127.0.0.1:{portBase + 80}"];

    private static int CallsPort(string role) => FirstCallsPort + Array.IndexOf(Roles, role);

    private static void Certify(string data)
    {
        var tls = Directory.CreateDirectory(Path.Combine(data, "tls"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        CertificateAuthority.LoadOrCreate(tls, "Mailstead installation CA", TimeProvider.System)!
            .Issue(tls, "server", "localhost", ["localhost"], [IPAddress.Loopback, IPAddress.IPv6Loopback]);
        var roles = Directory.CreateDirectory(Path.Combine(data, "roles")).FullName;
        var authority = CertificateAuthority.LoadOrCreate(roles, "Test roles", TimeProvider.System)!;
        foreach (var role in Roles)
            authority.Issue(roles, role, role, [role + ".role.mailstead.internal"], []);
    }
}

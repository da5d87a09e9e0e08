using System.Net;
using System.Net.Sockets;
using Mailstead.Hosting;
using Mailstead.Hosting.Modules;
using Mailstead.Hosting.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Mailstead.Conversations.Calls;

/// <summary>A host as another process would be: its own listeners on loopback, its own certificate.</summary>
internal sealed class RoleProcess : IAsyncDisposable
{
    private const int CallsPort = 7443;

    private RoleProcess(WebApplication app, int portBase) => (App, PortBase) = (app, portBase);

    public WebApplication App { get; }

    public int PortBase { get; }

    /// <summary>Where others call it.</summary>
    public string Address => $"127.0.0.1:{PortBase + CallsPort}";

    /// <summary>Writes a certificate for roles into the folder, from the folder's authority.</summary>
    public static void Certify(string folder, string name, params string[] roles) =>
        CertificateAuthority.LoadOrCreate(folder, "Test roles", TimeProvider.System)!
            .Issue(folder, name, name, roles.Select(role => role + ".role.mailstead.internal"), []);

    public static async Task<RoleProcess> StartAsync(
        IModule module, string folder, string certificate, IReadOnlyDictionary<string, string>? addresses = null, int? portBase = null)
    {
        var chosen = portBase ?? FreePortBase();
        var data = Directory.CreateDirectory(Path.Combine(folder, "data-" + chosen)).FullName;
        var installation = new InstallationOptions { DataDirectory = data, PortBase = chosen, Roles = new HashSet<string> { module.Role } };
        var settings = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "None",
            ["Logging:LogLevel:MassTransit"] = "None",
            ["Services:Certificate"] = Path.Combine(folder, certificate + ".pem"),
            ["Services:PrivateKey"] = Path.Combine(folder, certificate + ".key"),
            ["Services:Authorities"] = Path.Combine(folder, "ca.pem"),
            ["Services:ResolveInterval"] = "00:00:01",
        };
        foreach (var (role, address) in addresses ?? new Dictionary<string, string>())
            settings["Services:Addresses:" + role] = address;
        var app = ServiceHost.Build(installation, new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), [module]);
        await app.StartAsync();
        return new RoleProcess(app, chosen);
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
    }

    private static int FreePortBase()
    {
        while (true)
        {
            var candidate = Random.Shared.Next(20000, 50000);
            if (new[] { 80, 443, CallsPort }.All(port => IsFree(candidate + port)))
                return candidate;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

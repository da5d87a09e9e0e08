using System.Net;
using Grpc.Core;
using Mailstead.Hosting.Bus;
using Mailstead.Hosting.Cache;
using Mailstead.Hosting.Grpc;
using Mailstead.Hosting.Grpc.Remote;
using Mailstead.Hosting.Listeners;
using Mailstead.Hosting.Modules;
using Mailstead.Hosting.Start;
using Mailstead.Hosting.Telemetry;
using Mailstead.Hosting.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Hosting;

/// <summary>
/// Puts the chosen services into one process: their listeners on one Kestrel, their calls to each other in process, their
/// events on one bus, one telemetry.
/// </summary>
public static class ServiceHost
{
    /// <summary>Time from SIGTERM until what still runs is cut off; the process ends within 10 s.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(8);

    /// <summary>What the kernel gave us and nobody has read yet, for each connection: a stranger may open many.</summary>
    private const int ReadBufferOctetsMax = 256 * 1024;

    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    /// <summary>Builds the application. Nothing listens until it is started.</summary>
    public static WebApplication Build(
        InstallationOptions installation, IConfiguration settings, IReadOnlyList<IModule> modules) =>
        Build(installation, settings, modules, _ => { });

    /// <summary>Puts together what the modules consist of for a command of the operator's: nothing is made that isn't asked for, nothing is served.</summary>
    public static WebApplication Compose(
        InstallationOptions installation, IConfiguration settings, IReadOnlyList<IModule> modules) =>
        Compose(installation, settings, modules, _ => { }).App;

    /// <param name="replace">Comes last: what tests put in place of the clock, the server and the like.</param>
    internal static WebApplication Build(
        InstallationOptions installation, IConfiguration settings, IReadOnlyList<IModule> modules, Action<IServiceCollection> replace)
    {
        var (app, contributions, hasPeers) = Compose(installation, settings, modules, replace);
        app.Lifetime.ApplicationStarted.Register(app.Services.GetRequiredService<StartProgress>().End);
        var methods = app.Services.GetRequiredService<MethodTable>();
        foreach (var bind in contributions.GrpcBindings)
            bind(app.Services, methods);
        MapRoutes(app, contributions, hasPeers);
        return app;
    }

    private static (WebApplication App, ModuleBuilder Contributions, bool HasPeers) Compose(
        InstallationOptions installation, IConfiguration settings, IReadOnlyList<IModule> modules, Action<IServiceCollection> replace)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Mailstead" });
        builder.Configuration.AddConfiguration(settings);
        builder.AddLogging();
        builder.AddTelemetry();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = DrainTimeout);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(installation);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SignIns>();
        builder.Services.AddSingleton<ServerCertificate>();
        builder.Services.AddSingleton(provider => new ServerTls(provider.GetRequiredService<ServerCertificate>()));
        var hasPeers = builder.Services.AddServiceCalls(builder.Configuration);
        var contributions = new ModuleBuilder(builder.Services, builder.Configuration, installation);
        contributions.AddOptions<ListenersOptions, ListenersOptionsValidator>("Listeners").AddOptions<TlsOptions, TlsOptionsValidator>("Tls");
        contributions.AddStart();
        builder.Services.AddSingleton<ProxyProtocol>();
        contributions.AddCache();
        foreach (var module in modules)
        {
            contributions.Role = module.Role;
            module.Configure(contributions);
        }

        if (hasPeers)
            contributions.AddPeers(PeerPlaces.Check(builder.Configuration, modules, contributions.Called));
        contributions.AddBus(modules.Select(module => module.Role), hasPeers);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(sockets => sockets.MaxReadBufferSize = ReadBufferOctetsMax);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, installation, contributions, hasPeers));
        replace(builder.Services);
        return (builder.Build(), contributions, hasPeers);
    }

    /// <summary>The start has failed and the caller tells why: taking down what had begun is not worth a line.</summary>
    public static void Hush(WebApplication app) => app.Services.GetRequiredService<StartProgress>().Fail();

    private static void Listen(
        KestrelServerOptions kestrel, InstallationOptions installation, ModuleBuilder contributions, bool hasPeers)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 64 * 1024 * 1024;
        var services = kestrel.ApplicationServices;
        var options = services.GetRequiredService<ListenersOptions>();
        if (options.ManagementPort == 0 || contributions.Routes.Count > 0)
        {
            kestrel.Listen(installation.Listen, installation.PortOf(HttpPort));
            kestrel.Listen(
                installation.Listen, installation.PortOf(HttpsPort), listener => UseTls(listener, services.GetRequiredService<ServerTls>()));
        }

        if (hasPeers && contributions.GrpcRoutes.Count > 0)
            kestrel.ListenForCalls(new IPEndPoint(installation.Listen, installation.PortOf(services.GetRequiredService<ServicesOptions>().Port)));
        foreach (var plan in contributions.Listeners)
            kestrel.Listen(installation.Listen, installation.PortOf(plan.WellKnownPort), listener => Attach(listener, plan));
    }

    private static void Attach(ListenOptions listener, ListenerPlan plan)
    {
        var proxies = listener.ApplicationServices.GetRequiredService<ProxyProtocol>();
        if (proxies.IsUsed)
            listener.Use(next => connection => proxies.RunAsync(connection, next));
        if (plan.Tls == ListenerTls.Implicit)
        {
            UseTls(listener, listener.ApplicationServices.GetRequiredService<ServerTls>());
            listener.Use(next => connection => CloseNotify.RunAsync(connection, next));
        }

        plan.Attach(listener);
    }

    private static void UseTls(ListenOptions listener, ServerTls tls) =>
        listener.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(tls.CreateOptions()),
            HandshakeTimeout = TimeSpan.FromSeconds(30),
        });

    private static void MapRoutes(WebApplication app, ModuleBuilder contributions, bool hasPeers)
    {
        // With a port of their own clients can't ask for what tells of the process.
        if (app.Services.GetRequiredService<ListenersOptions>().ManagementPort == 0)
            ManagementServer.AddTo(app);
        app.UseRouting();
        foreach (var map in contributions.Routes)
            map(app);
        if (hasPeers)
        {
            foreach (var map in contributions.GrpcRoutes)
                map(app);
        }

        app.UseEndpoints(_ => { });
    }
}

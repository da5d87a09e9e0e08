using Mailstead.Hosting.Grpc.Remote;
using Mailstead.Hosting.Modules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mailstead.Hosting.Start;

/// <summary>Puts before everything else of a process what tells of it, and what has to be done first.</summary>
internal static class StartRegistration
{
    public static void AddStart(this ModuleBuilder module)
    {
        if (module.Configuration["Listeners:ManagementPort"] is { Length: > 0 } and not "0")
            module.Services.AddHostedService<ManagementServer>();
        module.Services.AddSingleton<PatientStart>();
        module.Services.AddHostedService(provider => provider.GetRequiredService<PatientStart>());
        module.Services.AddHealthChecks().AddCheck<PatientStart>(PatientStart.Check);
    }

    /// <param name="roles">Roles elsewhere that are called here.</param>
    public static void AddPeers(this ModuleBuilder module, IReadOnlyList<string> roles)
    {
        if (roles.Count == 0)
            return;
        var isEdge = module.GrpcRoutes.Count == 0;
        module.Services.AddSingleton(provider => new PeerReadiness(
            provider.GetRequiredService<RemoteServices>(), roles, isEdge, provider.GetRequiredService<PatientStart>()));
        module.Services.AddHealthChecks().AddCheck<PeerReadiness>(PeerReadiness.Check, HealthStatus.Degraded);
        module.BeforeStart("roles that are called", (provider, stopping) => provider.GetRequiredService<PeerReadiness>().ReachAsync(stopping));
    }
}

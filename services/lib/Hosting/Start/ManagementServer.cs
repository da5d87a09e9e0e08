using Mailstead.Hosting.Listeners;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mailstead.Hosting.Start;

/// <summary>
/// Health and metrics on a port of their own, for those who run the process and nobody else: a server by itself, so that it
/// answers while everything else still waits to be started, and until the last session is drained.
/// </summary>
internal sealed class ManagementServer(
    InstallationOptions installation, ListenersOptions listeners, IServiceProvider services, ILoggerFactory loggers) : IHostedLifecycleService, IDisposable
{
    private KestrelServer? server;

    /// <summary>What it answers.</summary>
    public static void AddTo(IApplicationBuilder pipeline)
    {
        pipeline.UseHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        pipeline.UseHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = Readiness.WriteAsync });
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
    }

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = services };
        kestrel.Listen(installation.Listen, installation.PortOf(listeners.ManagementPort));
        var sockets = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers);
        server = new KestrelServer(Options.Create(kestrel), sockets, loggers);
        var pipeline = new ApplicationBuilder(services);
        AddTo(pipeline);
        return server.StartAsync(new Answers(pipeline.Build()), cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => server?.Dispose();


    private sealed class Answers(RequestDelegate answer) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => answer(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
            // Nothing is kept of it.
        }
    }
}

using Mailstead.Hosting.Modules;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Bus;

/// <summary>
/// Gives a process its bus: within it, or RabbitMQ's. A broker that is down stops neither the start nor anything else: rows
/// are the truth and events are hints, so that a process without its broker is degraded, not dead.
/// </summary>
internal static partial class BusRegistration
{
    private const int Prefetch = 64;

    public static void AddBus(this ModuleBuilder module, IEnumerable<string> roles, bool hasPeers)
    {
        module.AddOptions<BusOptions, BusOptionsValidator>("Bus");
        var address = module.Configuration["Bus:RabbitMq"] is { Length: > 0 } given
            ? BrokerAddress.Parse(given, module.Configuration["Bus:Authorities"])
            : null;
        module.Services.AddMassTransit(bus =>
        {
            // A mail server tells nobody but its operator how it is used.
            bus.DisableUsageTelemetry();
            foreach (var consumer in module.Consumers)
                consumer.Register(bus);
            bus.ConfigureHealthCheckOptions(check =>
            {
                check.Name = "bus";
                check.MinimalFailureStatus = HealthStatus.Degraded;
            });
            if (address is null)
            {
                bus.UsingInMemory((context, transport) => transport.ConfigureEndpoints(context));
                return;
            }

            bus.UsingRabbitMq((context, transport) =>
            {
                address.Apply(transport);
                AddQueues(transport, context, module.Consumers);
            });
        });
        module.Services.Configure<MassTransitHostOptions>(host =>
        {
            host.WaitUntilStarted = false;
            host.StopTimeout = Budgets.PublishAtEnd;
        });
        module.Services.AddSingleton<Announcements>();
        module.Services.AddHostedService(provider => provider.GetRequiredService<Announcements>());
        if (address is not null)
        {
            module.Services.AddSingleton(address);
            module.Services.AddSingleton(new DeadLetters(address, [.. roles]));
            module.Services.AddHostedService<DeadLetterCount>();
        }
        else if (hasPeers)
        {
            module.Services.AddHostedService<EventsStayHere>();
        }
    }

    private static void AddQueues(
        IRabbitMqBusFactoryConfigurator transport, IBusRegistrationContext context, IReadOnlyList<BusConsumer> consumers)
    {
        var options = context.GetRequiredService<BusOptions>();
        // A fault is seen in the queue of dead letters; nobody waits for an event about it.
        transport.Publish<Fault>(topology => topology.Exclude = true);
        foreach (var workers in consumers.Where(consumer => consumer.WorkerOf is not null).GroupBy(consumer => consumer.WorkerOf!))
        {
            transport.ReceiveEndpoint(QueueNames.OfRole(workers.Key), endpoint =>
            {
                endpoint.SetQuorumQueue(options.QuorumReplicas);
                Configure(endpoint, context, workers);
            });
        }

        var witnesses = consumers.Where(consumer => consumer.WorkerOf is null).ToList();
        if (witnesses.Count == 0)
            return;
        var instance = Guid.CreateVersion7(context.GetRequiredService<TimeProvider>().GetUtcNow());
        transport.ReceiveEndpoint(QueueNames.OfInstance(instance), endpoint =>
        {
            // It outlives a cut connection and a broker's restart, and by its expiry the process by not much.
            endpoint.Durable = true;
            endpoint.QueueExpiration = options.AbsenceMax;
            endpoint.DiscardFaultedMessages();
            Configure(endpoint, context, witnesses);
        });
    }

    private static void Configure(
        IRabbitMqReceiveEndpointConfigurator endpoint, IBusRegistrationContext context, IEnumerable<BusConsumer> consumers)
    {
        endpoint.PrefetchCount = Prefetch;
        endpoint.PublishFaults = false;
        endpoint.DiscardSkippedMessages();
        endpoint.UseMessageRetry(retry => retry.Intervals([.. Budgets.ConsumeDelays]));
        foreach (var consumer in consumers)
            endpoint.ConfigureConsumer(context, consumer.Type);
    }

    /// <summary>Says so, once: with peers and without a broker, other processes hear of changes late or never.</summary>
    private sealed partial class EventsStayHere(ILogger<EventsStayHere> logger) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            Log();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        [LoggerMessage(LogLevel.Warning, "Bus:RabbitMq is not set: processes of other roles don't hear of changes here")]
        private partial void Log();
    }
}

using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Delivery.Authentication;
using Mailstead.Delivery.Bounces;
using Mailstead.Delivery.Functions;
using Mailstead.Delivery.Journaling;
using Mailstead.Delivery.MailFlow;
using Mailstead.Delivery.MessageFlow;
using Mailstead.Delivery.Outbound;
using Mailstead.Delivery.Routing;
using Mailstead.Delivery.Spool;
using Mailstead.Hosting.Modules;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Delivery;

/// <summary>
/// Messages on their way: the durable spool, routing to mailboxes and other organizations, the outbound queue, reports to
/// senders. A message is in the spool until everything that it leads to is durable elsewhere.
/// </summary>
public sealed class DeliveryModule : IModule
{
    public string Role => "delivery";

    public void Configure(ModuleBuilder module)
    {
        module.AddOptions<DeliveryOptions, DeliveryOptionsValidator>("Delivery");
        module.BeforeStart("Database:PostgreSql", module.Services.AddDatabase(
            "delivery", () => module.Installation.Folder("databases"), typeof(DeliveryModule).Assembly));
        module.BeforeStart("Bodies:S3", module.Services.AddBodyStore(module.Configuration, () => module.Installation.Folder("bodies")));
        module.AddGrpcClient(invoker => new KeysApi.KeysApiClient(invoker));
        module.AddGrpcClient(invoker => new DirectoriesApi.DirectoriesApiClient(invoker));
        module.AddGrpcClient(invoker => new MailboxesApi.MailboxesApiClient(invoker));
        module.Services
            .AddSingleton<TransportKeys>().AddSingleton<RoutingQueue>().AddSingleton<Accept>().AddSingleton<FindReferencedBodies>()
            .AddSingleton<Router>().AddSingleton<Resolve>().AddSingleton<DeliverLocally>().AddSingleton<HandOver>()
            .AddSingleton<RawMessages>().AddSingleton<ReplacementBucket>().AddSingleton<Journal>()
            .AddSingleton<PlanCalls>().AddSingleton<FunctionCalls>().AddSingleton<FunctionTargets>().AddSingleton<LambdaTarget>().AddSingleton<HttpsTarget>()
            .AddSingleton<MailPolicies>().AddSingleton<ApplyRules>().AddSingleton<SignMessage>().AddSingleton<MailDns>().AddSingleton<Authenticator>()
            .AddSingleton<OwnMessages>().AddSingleton<Reports>()
            .AddSingleton<OutboundQueue>().AddSingleton<MxResolver>().AddSingleton<SmtpTransport>().AddSingleton<GatewayTransport>()
            .AddSingleton<ProcessIdentity>().AddSingleton<LeaseRenewal>()
            .AddSingleton<FinishedMessages>().AddSingleton<RoutingLoop>();
        module.Services.AddHostedService(provider => provider.GetRequiredService<ProcessIdentity>());
        // Before the routers, so that they end after them.
        module.Services.AddHostedService(provider => provider.GetRequiredService<LeaseRenewal>());
        module.Services.AddHostedService(provider => provider.GetRequiredService<FinishedMessages>());
        module.Services.AddHostedService(provider => provider.GetRequiredService<RoutingLoop>());
        module.Services.AddHostedService<OutboundLoop>();
        module.Services.AddSingleton(DeliveryTables.Backup);
        module.AddWorker<SpoolHasWorkConsumer>();
        module.AddGrpcService<DeliveryGrpc>(DeliveryApi.BindService);
        module.AddGrpcService<MessageFlowGrpc>(Contracts.Admin.V1.MessageFlow.BindService);
    }
}

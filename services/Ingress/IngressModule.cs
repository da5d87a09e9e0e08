using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting.Listeners;
using Mailstead.Hosting.Modules;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Ingress;

/// <summary>Receives mail from the internet on port 25 and streams it to delivery. It keeps nothing and holds no key.</summary>
public sealed class IngressModule : IModule
{
    public string Role => "ingress";

    public void Configure(ModuleBuilder module)
    {
        module.AddOptions<IngressOptions, IngressOptionsValidator>("Ingress");
        module.AddGrpcClient(invoker => new DirectoriesApi.DirectoriesApiClient(invoker));
        module.AddGrpcClient(invoker => new DeliveryApi.DeliveryApiClient(invoker));
        module.Services.AddSingleton<IngressPolicy>();
        module.AddListener<IngressHandler>("smtp", 25, ListenerTls.None);
        module.Services.AddHostedService(provider => provider.GetRequiredService<IngressHandler>());
    }
}

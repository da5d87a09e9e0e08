using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Mailstead.Hosting.Listeners;
using Mailstead.Hosting.Modules;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Submission;

/// <summary>Takes mail from users on ports 587 and 465, checks who they are and whom they claim to be, and streams it to delivery.</summary>
public sealed class SubmissionModule : IModule
{
    public string Role => "submission";

    public void Configure(ModuleBuilder module)
    {
        module.AddOptions<SubmissionOptions, SubmissionOptionsValidator>("Submission");
        module.AddGrpcClient(invoker => new DirectoriesApi.DirectoriesApiClient(invoker));
        module.AddGrpcClient(invoker => new DeliveryApi.DeliveryApiClient(invoker));
        module.Services.AddSingleton<AccessRecheck>().AddSingleton<SubmissionPolicy>();
        module.AddListener<SubmissionHandler>("submission", 587, ListenerTls.None);
        module.AddListener<SubmissionHandler>("submissions", 465, ListenerTls.Implicit);
        module.Services.AddHostedService(provider => provider.GetRequiredService<SubmissionHandler>());
        module.AddWitness<AccessChangedConsumer>();
    }
}

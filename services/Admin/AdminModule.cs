using Mailstead.Admin.ApiLog;
using Mailstead.Admin.Aws;
using Mailstead.Contracts;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting.Modules;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Admin;

/// <summary>The administration API. One definition in proto/admin/v1, served here as AWS JSON to whoever signs with an access key.</summary>
public sealed class AdminModule : IModule
{
    public string Role => "admin";

    public void Configure(ModuleBuilder module)
    {
        module.AddOptions<AdminOptions, AdminOptionsValidator>("Admin");
        module.AddGrpcClient(invoker => new DirectoriesApi.DirectoriesApiClient(invoker));
        module.AddCalls(ServiceCatalogue.Administration);
        module.Services.AddSingleton<AdminServices>().AddSingleton<RequestBodies>().AddSingleton<Authentication>().AddSingleton<Authorization>().AddSingleton<AwsEndpoint>();
        module.Services.AddSingleton<CallLog>();
        module.Services.AddHostedService(provider => provider.GetRequiredService<CallLog>());
        module.AddRoutes(routes => routes.MapPost(
            "/", context => context.RequestServices.GetRequiredService<AwsEndpoint>().HandleAsync(context)));
    }
}

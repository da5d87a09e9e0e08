using Mailstead.Admin.Aws;
using Mailstead.Admin.Rest;
using Mailstead.Contracts;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Hosting.Modules;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Admin;

/// <summary>
/// The administration API: one definition in proto/, served here to whoever signs with an access key, as AWS JSON, as REST, and, for IAM,
/// by the query protocol. Every call is judged by the caller's policies and recorded.
/// </summary>
public sealed class AdminModule : IModule
{
    public string Role => "admin";

    public void Configure(ModuleBuilder module)
    {
        module.AddOptions<AdminOptions, AdminOptionsValidator>("Admin");
        module.AddGrpcClient(invoker => new DirectoriesApi.DirectoriesApiClient(invoker));
        module.AddGrpcClient(invoker => new Kms.KmsClient(invoker));
        module.AddGrpcClient(invoker => new DeliveryApi.DeliveryApiClient(invoker));
        module.AddCalls(ServiceCatalogue.Administration);
        module.Services
            .AddSingleton<AdminServices>().AddSingleton<RequestBodies>().AddSingleton<Authentication>().AddSingleton<Authorization>().AddSingleton<KeyCallers>()
            .AddSingleton<RestProtocol>().AddSingleton<OpenApiDocument>().AddSingleton<AdminEndpoint>();
        module.AddCallLog();
        module.AddRoutes(routes =>
        {
            routes.MapPost("/", Handle);
            routes.MapMethods(RestProtocol.Prefix + "{**operation}", ["GET", "POST"], Handle);
            routes.MapMethods(MessageFlowProtocol.Prefix + "{message}", ["GET", "POST"], Handle);
            routes.MapGet("/openapi.json", context => context.RequestServices.GetRequiredService<OpenApiDocument>().WriteAsync(context));
        });
    }

    private static Task Handle(HttpContext context) => context.RequestServices.GetRequiredService<AdminEndpoint>().HandleAsync(context);
}

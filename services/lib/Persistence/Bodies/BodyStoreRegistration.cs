using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mailstead.Persistence.Bodies;

/// <summary>Gives a process its body store, once, however many of its services use it.</summary>
public static class BodyStoreRegistration
{
    public static IServiceCollection AddBodyStore(this IServiceCollection services, string folder)
    {
        services.TryAddSingleton<IBodyStore>(_ => new SegmentBodyStore(folder));
        return services;
    }
}

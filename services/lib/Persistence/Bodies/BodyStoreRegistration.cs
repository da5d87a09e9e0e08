using Mailstead.Persistence.Bodies.S3;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Mailstead.Persistence.Bodies;

/// <summary>Gives a process its body store, once, however many of its services use it.</summary>
public static class BodyStoreRegistration
{
    /// <summary>A bucket when <c>Bodies:S3:Bucket</c> names one (<see cref="S3Options"/>), else segment files in <paramref name="folder"/>.</summary>
    /// <returns>What finds out whether it is there: to be run before anything uses it.</returns>
    public static Func<IServiceProvider, CancellationToken, Task> AddBodyStore(this IServiceCollection services, IConfiguration configuration, Func<string> folder)
    {
        if (string.IsNullOrEmpty(configuration["Bodies:S3:Bucket"]))
        {
            services.TryAddSingleton(_ => new SegmentBodyStore(folder()));
            services.TryAddSingleton<IBodyStore>(provider => provider.GetRequiredService<SegmentBodyStore>());
            services.TryAddSingleton<ISegmentArchive>(provider => provider.GetRequiredService<SegmentBodyStore>());
            return (_, _) => Task.CompletedTask;
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<S3Options>, S3OptionsValidator>());
        services.AddOptions<S3Options>().BindConfiguration("Bodies:S3").ValidateOnStart();
        services.TryAddSingleton(provider => new S3BodyStore(
            provider.GetRequiredService<IOptions<S3Options>>().Value, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IBodyStore>(provider => provider.GetRequiredService<S3BodyStore>());
        services.TryAddSingleton<ISegmentArchive>(provider => provider.GetRequiredService<S3BodyStore>());
        return (provider, cancellationToken) => provider.GetRequiredService<S3BodyStore>().CheckAsync(cancellationToken);
    }
}

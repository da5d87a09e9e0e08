using Mailstead.Hosting.Modules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace Mailstead.Hosting.Cache;

/// <summary>Gives a process its part of what replicas share in passing.</summary>
internal static class CacheRegistration
{
    public static void AddCache(this ModuleBuilder module)
    {
        module.AddOptions<CacheOptions, CacheOptionsValidator>("Cache");
        module.Services.AddResiliencePipeline(SharedCache.Pipeline, pipeline => pipeline
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = Budgets.CacheSamplesMin,
                SamplingDuration = Budgets.CacheSampling,
                BreakDuration = Budgets.CacheBreak,
                ShouldHandle = new PredicateBuilder().Handle<RedisException>().Handle<Polly.Timeout.TimeoutRejectedException>(),
            })
            .AddTimeout(Budgets.CacheCommand));
        module.Services.AddSingleton<SharedCache>().AddSingleton<SharedNotices>().AddSingleton<SharedCounts>();
        module.Services.AddHostedService(provider => provider.GetRequiredService<SharedCache>());
        module.Services.AddHostedService(provider => provider.GetRequiredService<SharedCounts>());
        module.Services.AddHealthChecks().AddCheck<SharedCache>("cache", HealthStatus.Degraded);
    }
}

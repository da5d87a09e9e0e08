using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client.Configuration;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>How long a call to another process may take, and what is tried again: the one place that says so.</summary>
internal static class CallBudgets
{
    /// <summary>A unary call without a deadline of its own; streams last as long as their clients.</summary>
    public static readonly TimeSpan Unary = TimeSpan.FromMinutes(2);

    public static readonly TimeSpan Connect = TimeSpan.FromSeconds(3);

    /// <summary>A peer that is gone without a word is noticed after this much silence and half of it again.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    private const int AttemptsMax = 5;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    public static CallOptions Apply(MethodType type, CallOptions options, DateTime now)
    {
        var propagated = CallDeadline.Apply(options);
        return type == MethodType.Unary && propagated.Deadline is null ? propagated.WithDeadline(now + Unary) : propagated;
    }

    /// <summary>
    /// A replica that went away is retried at another one: a call that never reached it always, one that may have only when
    /// its contract says <c>idempotency_level</c>. Throttling is the circuit breaker: it stops retries while most calls fail.
    /// </summary>
    public static ServiceConfig ConfigFor(IEnumerable<ServiceDescriptor> services, string balancing)
    {
        var config = new ServiceConfig { RetryThrottling = new RetryThrottlingPolicy { MaxTokens = 20, TokenRatio = 0.2 } };
        config.LoadBalancingConfigs.Add(new LoadBalancingConfig(balancing));
        foreach (var method in services.SelectMany(service => service.Methods).Where(IsRepeatable))
        {
            var retried = new MethodConfig
            {
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = AttemptsMax,
                    InitialBackoff = FirstDelay,
                    MaxBackoff = LongestDelay,
                    BackoffMultiplier = 2,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            };
            retried.Names.Add(new MethodName { Service = method.Service.FullName, Method = method.Name });
            config.MethodConfigs.Add(retried);
        }

        return config;
    }

    private static bool IsRepeatable(MethodDescriptor method) =>
        method.ToProto().Options is { } options
        && options.IdempotencyLevel is MethodOptions.Types.IdempotencyLevel.Idempotent or MethodOptions.Types.IdempotencyLevel.NoSideEffects;
}

using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client.Configuration;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>Gives each call to another process its budget: how long it may take, and what is tried again.</summary>
internal static class CallBudgets
{
    public static CallOptions Apply(MethodType type, CallOptions options, DateTime now)
    {
        var propagated = CallDeadline.Apply(options);
        return type == MethodType.Unary && propagated.Deadline is null ? propagated.WithDeadline(now + Budgets.Call) : propagated;
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
                    MaxAttempts = Budgets.CallAttemptsMax,
                    InitialBackoff = Budgets.CallFirstDelay,
                    MaxBackoff = Budgets.CallLongestDelay,
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

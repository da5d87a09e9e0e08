using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Mailstead.Hosting.Start;

/// <summary>
/// Does what has to be done before anything is served, and waits for the servers and roles that it takes: what isn't there yet
/// is tried again until it is, and readiness names it. Only what waiting doesn't mend, such as a wrong password, ends the start.
/// </summary>
public sealed partial class PatientStart : IHostedLifecycleService, IHealthCheck
{
    private readonly IServiceProvider services;
    private readonly ILogger<PatientStart> logger;
    private readonly ResiliencePipeline pipeline;
    private readonly ConcurrentDictionary<string, string> missing = new(StringComparer.Ordinal);
    private volatile bool isStarted;

    public PatientStart(IServiceProvider services, ILogger<PatientStart> logger)
    {
        (this.services, this.logger) = (services, logger);
        pipeline = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(Absence.IsWhy),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = Budgets.StartFirstDelay,
                MaxDelay = Budgets.StartLongestDelay,
                OnRetry = attempt =>
                {
                    Miss(attempt.Context.OperationKey ?? "", attempt.Outcome.Exception);
                    return default;
                },
            })
            .Build();
    }

    internal const string Check = "start";

    /// <summary>Until it succeeds, fails for a reason that waiting doesn't mend, or the process is told to stop.</summary>
    /// <param name="needs">What readiness tells and the log says while it has to wait.</param>
    public async Task RunAsync(string needs, Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(needs, cancellationToken);
        try
        {
            await pipeline.ExecuteAsync(async attempt => await run(attempt.CancellationToken).ConfigureAwait(false), context).ConfigureAwait(false);
            if (missing.TryRemove(needs, out _))
                LogFound(needs);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Says that <paramref name="needs"/> is waited for; <see cref="RunAsync"/> says it of what has failed once.</summary>
    internal void Miss(string needs, Exception? failure)
    {
        var reason = failure?.GetBaseException().Message ?? "";
        // Said once for each reason: an outage of an hour is no thousand lines.
        if (missing.TryGetValue(needs, out var told) && told == reason)
            return;
        missing[needs] = reason;
        LogWaiting(needs, reason);
    }

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var step in (IEnumerable<StartStep>)services.GetService(typeof(IEnumerable<StartStep>))!)
            await RunAsync(step.Needs, attempt => step.RunAsync(services, attempt), cancellationToken).ConfigureAwait(false);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        isStarted = true;
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!missing.IsEmpty)
            return Task.FromResult(HealthCheckResult.Unhealthy("waits for " + string.Join(", ", missing.Keys.Order(StringComparer.Ordinal))));
        return Task.FromResult(isStarted ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("starts"));
    }

    [LoggerMessage(LogLevel.Warning, "Waits for {Needs}: {Reason}")]
    private partial void LogWaiting(string needs, string reason);

    [LoggerMessage(LogLevel.Information, "{Needs} is there")]
    private partial void LogFound(string needs);
}

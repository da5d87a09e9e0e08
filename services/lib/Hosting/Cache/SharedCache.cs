using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Mailstead.Hosting.Tls;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using StackExchange.Redis;

namespace Mailstead.Hosting.Cache;

/// <summary>
/// The connection to Redis. Who asks it gets an answer within <see cref="Budgets.CacheCommand"/> or goes on alone; while it
/// doesn't answer nobody waits for it. Names in it are keyed hashes: a dump of it tells no address and no login.
/// </summary>
public sealed partial class SharedCache : IHostedService, IHealthCheck, IAsyncDisposable
{
    private static readonly Meter Meter = new("Mailstead.Cache");
    private static readonly Counter<long> Unanswered = Meter.CreateCounter<long>("mailstead.cache.unanswered", "{command}");

    private readonly ConfigurationOptions? configuration;
    private readonly byte[] nameKey;
    private readonly ResiliencePipeline pipeline;
    private readonly ILogger<SharedCache> logger;
    private ConnectionMultiplexer? connection;

    public SharedCache(CacheOptions options, [FromKeyedServices(Pipeline)] ResiliencePipeline pipeline, ILogger<SharedCache> logger)
    {
        (this.pipeline, this.logger) = (pipeline, logger);
        configuration = options.Redis.Length == 0 ? null : Parse(options);
        // Known to whoever may connect, and to nobody who only reads what Redis has written.
        nameKey = SHA256.HashData(Encoding.UTF8.GetBytes("mailstead cache names " + configuration?.Password));
    }

    internal const string Pipeline = "cache";

    /// <summary>The connection was lost, or made again: what was said meanwhile is lost.</summary>
    public event Action? Interrupted;

    public bool IsUsed => configuration is not null;

    public bool IsConnected => connection is { IsConnected: true };

    internal ISubscriber? Subscriber => connection?.GetSubscriber();

    /// <summary>The answer, or <paramref name="otherwise"/> when there is none in time.</summary>
    public async ValueTask<T> AskAsync<T>(Func<IDatabase, Task<T>> ask, T otherwise)
    {
        if (connection is not { IsConnected: true } open)
            return otherwise;
        try
        {
            return await pipeline.ExecuteAsync(
                async cancellationToken => await ask(open.GetDatabase()).WaitAsync(cancellationToken), CancellationToken.None);
        }
        catch (Exception failure) when (failure is RedisException or ExecutionRejectedException or OperationCanceledException or TimeoutException)
        {
            Unanswered.Add(1);
            LogUnanswered(failure.GetType().Name);
            return otherwise;
        }
    }

    /// <summary>Sent and not waited for; it may be lost.</summary>
    public void Tell(Action<IDatabase> tell)
    {
        try
        {
            if (connection is { IsConnected: true } open)
                tell(open.GetDatabase());
        }
        catch (RedisException failure)
        {
            LogUnanswered(failure.GetType().Name);
        }
    }

    /// <summary>A name for <paramref name="secret"/> that doesn't tell it. In braces: what scripts use together is on one node.</summary>
    public string NameOf(string kind, string secret) =>
        $"mailstead:{kind}:{{{Convert.ToHexStringLower(HMACSHA256.HashData(nameKey, Encoding.UTF8.GetBytes(secret)).AsSpan(0, 16))}}}";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration is null)
            return;
        // Without a server it comes back unconnected and goes on trying.
        connection = await ConnectionMultiplexer.ConnectAsync(configuration);
        connection.ConnectionFailed += (_, _) => Interrupted?.Invoke();
        connection.ConnectionRestored += (_, _) => Interrupted?.Invoke();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(!IsUsed || IsConnected ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded("no connection"));

    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
            await connection.DisposeAsync();
    }

    private static ConfigurationOptions Parse(CacheOptions options)
    {
        var parsed = ConfigurationOptions.Parse(options.Redis);
        parsed.AbortOnConnectFail = false;
        parsed.ConnectTimeout = (int)Budgets.CacheConnect.TotalMilliseconds;
        parsed.ConnectRetry = 1;
        parsed.BacklogPolicy = BacklogPolicy.FailFast;
        parsed.ReconnectRetryPolicy = new LinearRetry((int)Budgets.CacheBreak.TotalMilliseconds);
        if (options.Authorities.Length > 0)
            parsed.CertificateValidation += PrivateAuthorities.Read(options.Authorities).Validate;
        return parsed;
    }

    [LoggerMessage(LogLevel.Debug, "The cache did not answer: {Failure}")]
    private partial void LogUnanswered(string failure);
}

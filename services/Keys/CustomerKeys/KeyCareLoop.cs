using Mailstead.Keys.DataKeys;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Keys.CustomerKeys;

/// <summary>Does with keys what is due: new material, data keys under it, and deletion. Each of it may be done by two replicas at once.</summary>
internal sealed partial class KeyCareLoop(
    [FromKeyedServices("keys")] Database database, CustomerKeyTable keys, RotateKey rotate, RewrapDataKeys rewrap, DeleteKey delete, TimeProvider clock,
    ILogger<KeyCareLoop> logger) : BackgroundService
{
    private const int AtOnce = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await RoundAsync(stoppingToken);
    }

    internal async Task RoundAsync(CancellationToken stoppingToken)
    {
        var now = clock.GetUtcNow();
        await EachAsync(
            (transaction, after) => keys.ListDueForRotationAsync(transaction, now, after, AtOnce), key => rotate.RunAsync(key, isOnDemand: false, stoppingToken),
            stoppingToken);
        await EachAsync(
            (transaction, after) => keys.ListOutdatedAsync(transaction, after, AtOnce), key => rewrap.RunAsync(key, stoppingToken), stoppingToken);
        await EachAsync(
            (transaction, after) => keys.ListDueForDeletionAsync(transaction, now, after, AtOnce), key => delete.RunAsync(key.KeyId, stoppingToken), stoppingToken);
    }

    /// <summary>Keys that can't be used where they live, however many, do not keep the others waiting.</summary>
    private async Task EachAsync(
        Func<Transaction, Guid, ValueTask<List<CustomerKey>>> list, Func<CustomerKey, Task> run, CancellationToken stoppingToken)
    {
        for (var after = Guid.Empty; ;)
        {
            var from = after;
            var due = await ReadAsync(transaction => list(transaction, from), stoppingToken);
            foreach (var key in due)
                await TryAsync(key, run, stoppingToken);
            if (due.Count < AtOnce)
                return;
            after = due[^1].KeyId;
        }
    }

    private async Task TryAsync(CustomerKey key, Func<CustomerKey, Task> run, CancellationToken stoppingToken)
    {
        try
        {
            await run(key);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(key.KeyId, failure.GetType().Name);
        }
    }

    private async Task<List<CustomerKey>> ReadAsync(Func<Transaction, ValueTask<List<CustomerKey>>> read, CancellationToken stoppingToken)
    {
        try
        {
            return await database.ReadAsync(TenantScope.None, read, stoppingToken);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            LogUnread(failure.GetType().Name);
            return [];
        }
    }

    [LoggerMessage(LogLevel.Error, "What is due with key {KeyId} was not done: {Failure}")]
    private partial void LogFailed(Guid keyId, string failure);

    [LoggerMessage(LogLevel.Error, "What is due with keys can't be read: {Failure}")]
    private partial void LogUnread(string failure);
}

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
        {
            try
            {
                var now = clock.GetUtcNow();
                foreach (var key in await ReadAsync(transaction => keys.ListDueForRotationAsync(transaction, now, AtOnce), stoppingToken))
                    await rotate.RunAsync(key, isOnDemand: false, stoppingToken);
                await rewrap.RunAsync(stoppingToken);
                foreach (var key in await ReadAsync(transaction => keys.ListDueForDeletionAsync(transaction, now, AtOnce), stoppingToken))
                    await delete.RunAsync(key.KeyId, stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure.GetType().Name);
            }
        }
    }

    private ValueTask<List<CustomerKey>> ReadAsync(Func<Transaction, ValueTask<List<CustomerKey>>> read, CancellationToken cancellationToken) =>
        database.ReadAsync(TenantScope.None, read, cancellationToken);

    [LoggerMessage(LogLevel.Error, "What is due with keys was not done: {Failure}")]
    private partial void LogFailed(string failure);
}

using Mailstead.Delivery.Functions;
using Mailstead.Delivery.MessageFlow;
using Mailstead.Delivery.Spool;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Delivery.Routing;

/// <summary>
/// The routers, and the sweeper that brings them what waits in the spool. At the end no new message is begun, what is in hand is
/// finished, and leases of the rest are given back.
/// </summary>
internal sealed partial class RoutingLoop(
    [FromKeyedServices("delivery")] Database database, RoutingQueue queue, Router router, FunctionCalls functions, TransportKeys keys, ProcessIdentity process,
    DeliveryOptions options, TimeProvider clock, ILogger<RoutingLoop> logger) : BackgroundService
{
    private const int ClaimedAtOnce = 64;

    private static readonly TimeSpan ExpireTransitEvery = TimeSpan.FromMinutes(1);

    private readonly SpoolTable table = new(database.Dialect);

    private DateTimeOffset expireTransitAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var workers = Enumerable.Range(0, options.Routers).Select(_ => Task.Run(() => WorkAsync(stoppingToken), CancellationToken.None));
        await Task.WhenAll([SweepAsync(stoppingToken), .. workers]);
        await functions.StopAsync();
        await GiveBackAsync();
    }

    private async Task WorkAsync(CancellationToken stopping)
    {
        while (await WaitAsync(stopping))
        {
            while (!stopping.IsCancellationRequested && queue.Messages.TryRead(out var message))
            {
                using (message)
                    await RouteAsync(message);
            }
        }
    }

    private async ValueTask<bool> WaitAsync(CancellationToken stopping)
    {
        try
        {
            return await queue.Messages.WaitToReadAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task RouteAsync(SpooledMessage message)
    {
        try
        {
            // Not the stopping token: what is in hand is finished.
            await router.RouteAsync(message, CancellationToken.None);
        }
        catch (Exception failure)
        {
            // The row is still there, and nothing of this pass is recorded: another follows.
            LogFailed(failure, message.MessageId);
            await PostponeAsync(message.OrganizationId, message.MessageId, message.Attempts);
        }
        finally
        {
            queue.Held.Remove(message.OrganizationId, message.MessageId);
        }
    }

    private async Task SweepAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await queue.WaitAsync(options.SweepInterval, stopping);
                while (await ClaimAsync(stopping) == ClaimedAtOnce)
                {
                    // There may be more.
                }

                await ExpireTransitAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogSweepFailed(failure);
            }
        }
    }

    /// <summary>Messages that functions could read for long enough.</summary>
    private async Task ExpireTransitAsync(CancellationToken stopping)
    {
        var now = clock.GetUtcNow();
        if (now < expireTransitAt)
            return;
        expireTransitAt = now + ExpireTransitEvery;
        await database.WriteAsync(TenantScope.None, transaction => TransitTable.ExpireAsync(transaction, now), stopping);
    }

    private async Task<int> ClaimAsync(CancellationToken stopping)
    {
        var now = clock.GetUtcNow();
        var rows = await database.WriteAsync(
            TenantScope.None,
            transaction => table.ClaimAsync(transaction, process.Id, now, now + options.Lease, ClaimedAtOnce), stopping);
        foreach (var row in rows)
        {
            try
            {
                using var transport = await keys.GetAsync(row.OrganizationId, stopping);
                var message = row.Open(transport);
                if (message.Content.FunctionCall is null)
                {
                    await queue.AddAsync(message, stopping);
                }
                else if (!functions.TryStart(message))
                {
                    message.Dispose();
                    await PostponeAsync(row.OrganizationId, row.MessageId, row.Attempts);
                }
            }
            catch (Exception failure) when (failure is Grpc.Core.RpcException or System.Security.Cryptography.CryptographicException)
            {
                // A locked key: nothing can be decided, not even that it is too late.
                LogLocked(row.MessageId, failure.GetType().Name);
                await PostponeAsync(row.OrganizationId, row.MessageId, row.Attempts);
            }
        }

        return rows.Count;
    }

    private async Task PostponeAsync(Guid organizationId, Guid messageId, int attempts)
    {
        try
        {
            var next = clock.GetUtcNow() + Backoff.OfInner(options, attempts);
            await database.WriteAsync(
                TenantScope.Of(organizationId),
                transaction => SpoolTable.PostponeAsync(transaction, organizationId, messageId, process.Id, next), CancellationToken.None);
        }
        catch (Exception failure)
        {
            // The database is in trouble. The lease ends by itself.
            LogFailed(failure, messageId);
        }
    }

    private async Task GiveBackAsync()
    {
        while (queue.Messages.TryRead(out var message))
        {
            queue.Held.Remove(message.OrganizationId, message.MessageId);
            using (message)
                await database.WriteAsync(
                    TenantScope.Of(message.OrganizationId), transaction => SpoolTable.ReleaseAsync(transaction, message, process.Id), CancellationToken.None);
        }
    }

    [LoggerMessage(LogLevel.Error, "Routing message {MessageId} failed")]
    private partial void LogFailed(Exception failure, Guid messageId);

    [LoggerMessage(LogLevel.Error, "Looking through the spool failed")]
    private partial void LogSweepFailed(Exception failure);

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} can't be opened now: {Failure}")]
    private partial void LogLocked(Guid messageId, string failure);
}

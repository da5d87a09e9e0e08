using Mailstead.Delivery.Outbound;
using Mailstead.Delivery.Routing;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Delivery.Spool;

/// <summary>
/// Renews the leases of what this process has in hand, for as long as it lives. So a lease can be short, and what a process had that
/// was killed or cut off is soon taken on by another.
/// </summary>
internal sealed partial class LeaseRenewal(
    [FromKeyedServices("delivery")] Database database, RoutingQueue routing, OutboundQueue outbound, ProcessIdentity process,
    DeliveryOptions options, TimeProvider clock, ILogger<LeaseRenewal> logger) : BackgroundService
{
    private const int RenewalsPerLease = 3;

    private static readonly Statement RenewSpool = new(
        """
        UPDATE spool
           SET lease_until = @lease_until
         WHERE organization_id = @organization_id
           AND message_id = @message_id
           AND lease_owner = @lease_owner
        """);

    private static readonly Statement RenewOutbound = new(
        """
        UPDATE outbound
           SET lease_until = @lease_until
         WHERE organization_id = @organization_id
           AND queue_id = @queue_id
           AND lease_owner = @lease_owner
        """);

    /// <summary>How many leases were renewed. What was taken a moment ago is not: most of it is done before its lease needs that.</summary>
    public async Task<int> RenewAsync(CancellationToken cancellationToken)
    {
        var taken = clock.GetUtcNow() - (options.Lease / RenewalsPerLease);
        return await RenewAsync(RenewSpool, routing.Held.TakenBefore(taken), cancellationToken)
            + await RenewAsync(RenewOutbound, outbound.Held.TakenBefore(taken), cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Lease / RenewalsPerLease, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryRenewAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // What is in hand has been finished or given back: this service ends after those that have it.
        }
    }

    private async Task<int> RenewAsync(Statement renew, IReadOnlyList<(Guid OrganizationId, Guid Id)> rows, CancellationToken cancellationToken)
    {
        var until = (clock.GetUtcNow() + options.Lease).ToUnixTimeMilliseconds();
        var renewed = 0;
        foreach (var row in rows)
        {
            renewed += await database.WriteAsync(
                TenantScope.Of(row.OrganizationId), transaction => transaction.ExecuteAsync(renew, until, row.OrganizationId, row.Id, process.Id), cancellationToken);
        }

        return renewed;
    }

    private async Task TryRenewAsync(CancellationToken stopping)
    {
        try
        {
            await RenewAsync(stopping);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The next attempt may come in time; if none does, others take the messages, which recognise a repetition.
            LogFailed(failure.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Leases of messages in hand could not be renewed: {Failure}")]
    private partial void LogFailed(string failure);
}

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
    [FromKeyedServices("delivery")] Database database, ProcessIdentity process, DeliveryOptions options, TimeProvider clock,
    ILogger<LeaseRenewal> logger) : BackgroundService
{
    private const int RenewalsPerLease = 3;

    // What is in hand was due when it was taken: the condition keeps to that part of the index.
    private static readonly Statement RenewSpool = new(
        "UPDATE spool SET lease_until = @until WHERE next_attempt_at <= @now AND lease_owner = @owner AND lease_until < @until");

    private static readonly Statement RenewOutbound = new(
        "UPDATE outbound SET lease_until = @until WHERE next_attempt_at <= @now AND lease_owner = @owner AND lease_until < @until");

    /// <summary>How many leases were renewed.</summary>
    public Task<int> RenewAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var until = (now + options.Lease).ToUnixTimeMilliseconds();
        return database.WriteAsync(
            async transaction =>
                await transaction.ExecuteAsync(RenewSpool, until, now.ToUnixTimeMilliseconds(), process.Id)
                + await transaction.ExecuteAsync(RenewOutbound, until, now.ToUnixTimeMilliseconds(), process.Id),
            cancellationToken);
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

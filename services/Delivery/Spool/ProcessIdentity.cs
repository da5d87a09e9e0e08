using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Delivery.Spool;

/// <summary>
/// Who holds leases: a new name at every start. On a data directory of our own, leases of earlier processes are void: only one process
/// has it, and that one is new.
/// </summary>
internal sealed class ProcessIdentity([FromKeyedServices("delivery")] Database database, TimeProvider clock) : IHostedService
{
    private static readonly Statement FreeSpool = new("UPDATE spool SET lease_owner = NULL, lease_until = 0 WHERE lease_owner <> @owner");
    private static readonly Statement FreeOutbound = new("UPDATE outbound SET lease_owner = NULL, lease_until = 0 WHERE lease_owner <> @owner");

    public Guid Id { get; } = Guid.CreateVersion7(clock.GetUtcNow());

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (database.Dialect != Dialect.Sqlite)
            return;
        await database.WriteAsync(
            TenantScope.None,
            async transaction =>
            {
                await transaction.ExecuteAsync(FreeSpool, Id);
                return await transaction.ExecuteAsync(FreeOutbound, Id);
            },
            cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

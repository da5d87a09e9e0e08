using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Backups;

/// <summary>
/// A row that keeps every collector, in whatever process, from deleting segments. A collector looks at it in the transaction in
/// which it gives bodies up (<see cref="IsHeldAsync"/>), so that none is given up behind a hold that was there first.
/// </summary>
internal sealed class BackupHold([FromKeyedServices("mailboxes")] Database database, TimeProvider clock) : IBodyHold
{
    private static readonly Statement Held = new("SELECT 1 FROM backups WHERE completed_at IS NULL AND held_until > @now");

    private static readonly Statement Forget = new("DELETE FROM backups WHERE completed_at IS NULL AND held_until <= @now");

    private static readonly Statement Take = new(
        "INSERT INTO backups (backup_id, held_until, completed_at) VALUES (@backup_id, @held_until, NULL)");

    private static readonly Statement Renew = new(
        """
        UPDATE backups
           SET held_until = @held_until
         WHERE backup_id = @backup_id
           AND completed_at IS NULL
           AND held_until > @now
        """);

    private static readonly Statement Complete = new("UPDATE backups SET completed_at = @completed_at WHERE backup_id = @backup_id");

    private static readonly Statement ForgetEarlier = new("DELETE FROM backups WHERE completed_at < @completed_at");

    private static readonly Statement Abandon = new("DELETE FROM backups WHERE backup_id = @backup_id AND completed_at IS NULL");

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    public static async ValueTask<bool> IsHeldAsync(Transaction transaction, DateTimeOffset now) =>
        await transaction.FindAsync(Held, reader => reader.GetInt32(0), now.ToUnixTimeMilliseconds()) != 0;

    public Task TakeAsync(Guid backupId, DateTimeOffset until, CancellationToken cancellationToken) => database.WriteAsync(
        TenantScope.None,
        async transaction =>
        {
            await transaction.ExecuteAsync(Forget, Now);
            return await transaction.ExecuteAsync(Take, backupId, until.ToUnixTimeMilliseconds());
        },
        cancellationToken);

    public Task<bool> RenewAsync(Guid backupId, DateTimeOffset until, CancellationToken cancellationToken) => database.WriteAsync(
        TenantScope.None,
        async transaction => await transaction.ExecuteAsync(Renew, until.ToUnixTimeMilliseconds(), backupId, Now) == 1, cancellationToken);

    public Task CompleteAsync(Guid backupId, CancellationToken cancellationToken) => database.WriteAsync(
        TenantScope.None,
        async transaction =>
        {
            var now = Now;
            await transaction.ExecuteAsync(Complete, now, backupId);
            return await transaction.ExecuteAsync(ForgetEarlier, now);
        },
        cancellationToken);

    public Task AbandonAsync(Guid backupId, CancellationToken cancellationToken) =>
        database.WriteAsync(TenantScope.None, transaction => transaction.ExecuteAsync(Abandon, backupId), cancellationToken);
}

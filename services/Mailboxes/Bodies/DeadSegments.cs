using Mailstead.Mailboxes.Backups;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Bodies;

/// <summary>
/// Segments in which nothing lives, between their death and their end: while a backup runs, and within the time to which tables may
/// be taken back, they stay.
/// </summary>
internal sealed class DeadSegments([FromKeyedServices("mailboxes")] Database database, MailboxesOptions options, TimeProvider clock)
{
    private static readonly Statement List = new("SELECT segment, dead_since FROM dead_segments");

    private static readonly Statement Since = new("SELECT dead_since FROM dead_segments WHERE segment = @segment");

    private static readonly Statement Remember = new(
        "INSERT INTO dead_segments (segment, dead_since) VALUES (@segment, @dead_since) ON CONFLICT (segment) DO NOTHING");

    private static readonly Statement End = new("DELETE FROM dead_segments WHERE segment = @segment");

    private static readonly Statement ForgetBody = new("DELETE FROM bodies WHERE body_id = @body_id AND location = @location");

    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> ReadAsync(CancellationToken cancellationToken) =>
        (await database.ListAsync(TenantScope.None, List, reader => (reader.GetString(0), reader.GetInt64(1)), [], cancellationToken))
            .ToDictionary(row => row.Item1, row => DateTimeOffset.FromUnixTimeMilliseconds(row.Item2), StringComparer.Ordinal);

    /// <summary>True: its bodies have no rows any more, and the segment may be deleted. False: it must stay for now.</summary>
    public Task<bool> GiveUpAsync(string segment, IReadOnlyList<StoredBody> bodies, CancellationToken cancellationToken) => database.WriteAsync(
        TenantScope.None,
        async transaction =>
        {
            var now = clock.GetUtcNow();
            if (options.RestoreWindow > TimeSpan.Zero)
            {
                await transaction.ExecuteAsync(Remember, segment, now.ToUnixTimeMilliseconds());
                var since = await transaction.FindAsync(Since, reader => reader.GetInt64(0), segment);
                if (now - DateTimeOffset.FromUnixTimeMilliseconds(since) < options.RestoreWindow)
                    return false;
            }

            if (await BackupHold.IsHeldAsync(transaction, now))
                return false;
            foreach (var body in bodies)
                await transaction.ExecuteAsync(ForgetBody, body.BodyId, body.Location);
            await transaction.ExecuteAsync(End, segment);
            return true;
        },
        cancellationToken);
}

using Mailstead.Cluster.Harness;
using Mailstead.Directories;
using Mailstead.Directories.Users;
using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;

namespace Mailstead.Cluster.Bus;

/// <summary>That somebody's access has changed is told in the end, whatever ends in between.</summary>
public sealed class AccessChangeTests(Engines engines)
{
    [Fact]
    public async Task A_change_that_its_process_could_not_tell_is_told_by_another_one()
    {
        // Its own: queues that were made a moment before a kill may need care afterwards.
        await using var broker = await RabbitMqServer.StartAsync();
        var database = await engines.NewDatabaseAsync();
        KeyValuePair<string, string?> bus = new("Bus:RabbitMq", broker.Uri);
        var organization = Guid.CreateVersion7();
        await using (var first = await engines.StartReplicaAsync(database, bus))
        {
            await EventTests.HealthyAsync(first);
            await broker.KillAsync();
            var (user, now) = (Guid.CreateVersion7(), TimeProvider.System.GetUtcNow().AddMinutes(-5).ToUnixTimeMilliseconds());
            await first.DatabaseOf("directories").WriteAsync(
                TenantScope.Of(organization), transaction => AccessChanges.AddAsync(transaction, organization, user, now), CancellationToken.None);
            first.Get<AccessEvents>().UserAccessChanged(organization, user, now);
        }

        await broker.ContinueAsync();
        await using var second = await engines.StartReplicaAsync(database, bus);
        await Eventually.BecomesAsync(
            async () => await second.DatabaseOf("directories").FindAsync<long>(
                TenantScope.Of(organization), "SELECT COUNT(*) FROM access_changes", null, CancellationToken.None) == 0,
            "the change is told");
    }
}

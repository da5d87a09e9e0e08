using Mailstead.Cluster.Harness;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Events;
using Mailstead.Directories;
using Mailstead.Hosting.Bus;
using Mailstead.Stores.Harness;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mailstead.Cluster.Bus;

/// <summary>Events reach every process through RabbitMQ, and a broker that is down stops nothing.</summary>
public sealed class EventTests(Engines engines)
{
    [Fact]
    public async Task What_one_replica_changes_the_other_forgets_at_once()
    {
        var broker = await engines.RabbitMqAsync();
        var database = await engines.NewDatabaseAsync();
        await using var one = await StartAsync(database, broker.Uri);
        await using var other = await StartAsync(database, broker.Uri);
        await HealthyAsync(one, other);

        await HearsAsync(one, other);
        await HearsAsync(other, one);
    }

    [Fact]
    public async Task The_connection_is_encrypted_when_the_address_says_so()
    {
        var broker = await engines.RabbitMqAsync();
        var database = await engines.NewDatabaseAsync();
        await using var one = await StartAsync(database, broker.UriWithTls, ("Bus:Authorities", broker.Authorities));
        await using var other = await StartAsync(database, broker.UriWithTls, ("Bus:Authorities", broker.Authorities));
        await using var stranger = await StartAsync(database, broker.UriWithTls);
        await HealthyAsync(one, other);

        await HearsAsync(one, other);

        // The system doesn't know the broker's authority.
        Assert.Equal(HealthStatus.Degraded, await StateAsync(stranger));
    }

    /// <summary>True when the listener's cache is emptied by an event of the speaker.</summary>
    internal static async Task HearsAsync(Installation speaker, Installation listener)
    {
        var cache = listener.Get<RecipientCache>();
        var before = cache.Generation;
        speaker.Get<Announcements>().Add(new DirectoryChanged(Guid.NewGuid(), DateTimeOffset.UnixEpoch));
        await Eventually.BecomesAsync(() => cache.Generation > before, "the event arrives");
    }

    internal static async Task HealthyAsync(params Installation[] replicas)
    {
        foreach (var replica in replicas)
        {
            var said = "";
            try
            {
                await Eventually.BecomesAsync(
                    async () =>
                    {
                        var report = await replica.Get<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
                        said = string.Join("; ", report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy)
                            .Select(entry => $"{entry.Key}: {entry.Value.Description} {entry.Value.Exception?.Message} {string.Join(' ', entry.Value.Data)}"));
                        return report.Status == HealthStatus.Healthy;
                    },
                    "the bus is ready");
            }
            catch (Exception)
            {
                Assert.Fail("never ready: " + said);
            }
        }
    }

    internal static async Task<HealthStatus> StateAsync(Installation replica) =>
        (await replica.Get<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken)).Status;

    private Task<Installation> StartAsync(string database, string uri, params (string Key, string Value)[] more) =>
        engines.StartReplicaAsync(
            database, [KeyValuePair.Create<string, string?>("Bus:RabbitMq", uri), .. more.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))]);
}

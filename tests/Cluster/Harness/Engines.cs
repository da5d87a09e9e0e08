using System.Security.Cryptography;
using Mailstead.Cluster.Harness;
using Mailstead.Stores.Harness;

[assembly: AssemblyFixture(typeof(Engines))]
// Tests stop the servers that they share.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Mailstead.Cluster.Harness;

/// <summary>The servers that a cluster stands on, each started when the first test asks; who stops one starts it again.</summary>
public sealed class Engines : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("mailstead-cluster-").FullName;
    private readonly string rootKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly Lazy<Task<PostgreSqlServer>> postgreSql = new(PostgreSqlServer.StartAsync);
    private readonly Lazy<Task<RabbitMqServer>> rabbitMq = new(() => RabbitMqServer.StartAsync());
    private readonly Lazy<Task<RedisServer>> redis = new(RedisServer.StartAsync);
    private int count;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (postgreSql.IsValueCreated)
            await (await postgreSql.Value).DisposeAsync();
        if (rabbitMq.IsValueCreated)
            await (await rabbitMq.Value).DisposeAsync();
        if (redis.IsValueCreated)
            await (await redis.Value).DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    internal Task<RabbitMqServer> RabbitMqAsync() => rabbitMq.Value;

    internal Task<RedisServer> RedisAsync() => redis.Value;

    /// <summary>The connection string of a new, empty database.</summary>
    internal async Task<string> NewDatabaseAsync() => await (await postgreSql.Value).CreateDatabaseAsync();

    /// <summary>The core services, as another process beside the others on this database would have them.</summary>
    internal Task<Installation> StartReplicaAsync(string database, params IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, $"{Interlocked.Increment(ref count)}")).FullName;
        return Installation.StartAsync(own, database, new Dictionary<string, string?>(settings) { ["Keys:RootKey"] = rootKey });
    }
}

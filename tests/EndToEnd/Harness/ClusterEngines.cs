using System.Globalization;
using Mailstead.Cluster.Harness;
using Mailstead.EndToEnd.Harness;
using Mailstead.Stores.Harness;

[assembly: AssemblyFixture(typeof(ClusterEngines))]

namespace Mailstead.EndToEnd.Harness;

/// <summary>
/// The servers that clusters stand on, started when the first one asks; each cluster has a database, a virtual host of the broker, a
/// number in Redis and a prefix in the bucket for itself.
/// </summary>
public sealed class ClusterEngines : IAsyncLifetime
{
    private const int ClustersMax = 40;

    private static readonly Lazy<Task<PostgreSqlServer>> PostgreSqlTask = new(PostgreSqlServer.StartAsync);
    private static readonly Lazy<Task<RadosGateway>> ObjectStoreTask = new(RadosGateway.StartAsync);
    private static readonly Lazy<Task<RabbitMqServer>> RabbitMqTask = new(() => RabbitMqServer.StartAsync(ClustersMax));
    private static readonly Lazy<Task<RedisServer>> RedisTask = new(RedisServer.StartAsync);

    internal static Task<PostgreSqlServer> PostgreSqlAsync() => PostgreSqlTask.Value;

    internal static Task<RadosGateway> ObjectStoreAsync() => ObjectStoreTask.Value;

    internal static Task<RabbitMqServer> RabbitMqAsync() => RabbitMqTask.Value;

    internal static Task<RedisServer> RedisAsync() => RedisTask.Value;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await SharedDemo.DisposeAsync();
        if (PostgreSqlTask.IsValueCreated)
            await (await PostgreSqlTask.Value).DisposeAsync();
        if (ObjectStoreTask.IsValueCreated)
            await (await ObjectStoreTask.Value).DisposeAsync();
        if (RabbitMqTask.IsValueCreated)
            await (await RabbitMqTask.Value).DisposeAsync();
        if (RedisTask.IsValueCreated)
            await (await RedisTask.Value).DisposeAsync();
    }

    /// <summary>Settings of a new cluster's roles. All engines start at once.</summary>
    internal static async Task<Dictionary<string, string>> NewInstallationAsync()
    {
        await Task.WhenAll(PostgreSqlTask.Value, ObjectStoreTask.Value, RabbitMqTask.Value, RedisTask.Value);
        var objects = (await ObjectStoreTask.Value).NewOptions();
        return new Dictionary<string, string>
        {
            ["MAILSTEAD_Database__PostgreSql"] = await (await PostgreSqlTask.Value).CreateDatabaseAsync(),
            ["MAILSTEAD_Bodies__S3__Endpoint"] = objects.Endpoint,
            ["MAILSTEAD_Bodies__S3__Bucket"] = objects.Bucket,
            ["MAILSTEAD_Bodies__S3__Prefix"] = objects.Prefix,
            ["MAILSTEAD_Bodies__S3__AccessKeyId"] = objects.AccessKeyId,
            ["MAILSTEAD_Bodies__S3__SecretAccessKey"] = objects.SecretAccessKey,
            ["MAILSTEAD_Bus__RabbitMq"] = (await RabbitMqTask.Value).TakeHouse(),
            ["MAILSTEAD_Bus__QuorumReplicas"] = 1.ToString(CultureInfo.InvariantCulture),
            ["MAILSTEAD_Cache__Redis"] = (await RedisTask.Value).TakeDatabase(),
        };
    }
}

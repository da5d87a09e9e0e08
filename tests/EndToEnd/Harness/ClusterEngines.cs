using System.Globalization;
using Mailstead.Cluster.Harness;
using Mailstead.EndToEnd.Harness;
using Mailstead.Stores.Harness;

[assembly: AssemblyFixture(typeof(ClusterEngines))]

namespace Mailstead.EndToEnd.Harness;

/// <summary>The servers that a cluster stands on, started when the first installation asks; each installation has its own part of them.</summary>
public sealed class ClusterEngines : IAsyncLifetime
{
    private static readonly Lazy<Task<PostgreSqlServer>> PostgreSql = new(PostgreSqlServer.StartAsync);
    private static readonly Lazy<Task<RadosGateway>> ObjectStore = new(RadosGateway.StartAsync);
    private static readonly Lazy<Task<RabbitMqServer>> RabbitMq = new(RabbitMqServer.StartAsync);
    private static readonly Lazy<Task<RedisServer>> Redis = new(RedisServer.StartAsync);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (PostgreSql.IsValueCreated)
            await (await PostgreSql.Value).DisposeAsync();
        if (ObjectStore.IsValueCreated)
            await (await ObjectStore.Value).DisposeAsync();
        if (RabbitMq.IsValueCreated)
            await (await RabbitMq.Value).DisposeAsync();
        if (Redis.IsValueCreated)
            await (await Redis.Value).DisposeAsync();
    }

    internal static async Task<Dictionary<string, string>> NewInstallationAsync()
    {
        var objects = (await ObjectStore.Value).NewOptions();
        return new Dictionary<string, string>
        {
            ["MAILSTEAD_Database__PostgreSql"] = await (await PostgreSql.Value).CreateDatabaseAsync(),
            ["MAILSTEAD_Bodies__S3__Endpoint"] = objects.Endpoint,
            ["MAILSTEAD_Bodies__S3__Bucket"] = objects.Bucket,
            ["MAILSTEAD_Bodies__S3__Prefix"] = objects.Prefix,
            ["MAILSTEAD_Bodies__S3__AccessKeyId"] = objects.AccessKeyId,
            ["MAILSTEAD_Bodies__S3__SecretAccessKey"] = objects.SecretAccessKey,
            ["MAILSTEAD_Bus__RabbitMq"] = (await RabbitMq.Value).Uri,
            ["MAILSTEAD_Bus__QuorumReplicas"] = 1.ToString(CultureInfo.InvariantCulture),
        };
    }
}

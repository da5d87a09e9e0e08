using System.Text;
using k8s.Models;
using Mailstead.Cluster.Harness;
using Mailstead.Persistence.Bodies.S3;
using Mailstead.Stores.Harness;

namespace Mailstead.LocalCluster;

/// <summary>PostgreSQL, RabbitMQ, Redis and a Ceph object gateway of this cluster's own, on loopback.</summary>
internal sealed class LocalEngines : IAsyncDisposable
{
    private readonly S3Options bodies;
    private readonly string database;

    private LocalEngines(PostgreSqlServer postgreSql, RabbitMqServer rabbitMq, RedisServer redis, RadosGateway s3, string database)
    {
        (PostgreSql, RabbitMq, Redis, S3, this.database) = (postgreSql, rabbitMq, redis, s3, database);
        bodies = s3.NewOptions();
    }

    public PostgreSqlServer PostgreSql { get; }

    public RabbitMqServer RabbitMq { get; }

    public RedisServer Redis { get; }

    public RadosGateway S3 { get; }

    /// <summary>The connection string of the roles' database.</summary>
    public string Database => database;

    public string BodiesEndpoint => bodies.Endpoint;

    /// <param name="databasePort">PostgreSQL listens there as well, and that is how the roles reach it; null: by its Unix socket.</param>
    /// <param name="isDurable">What PostgreSQL has answered survives a power cut, which tests don't need and figures do.</param>
    public static async Task<LocalEngines> StartAsync(int? databasePort = null, bool isDurable = false)
    {
        var (postgreSql, rabbitMq, redis, s3) =
            (PostgreSqlServer.StartAsync(databasePort, isDurable), RabbitMqServer.StartAsync(), RedisServer.StartAsync(), RadosGateway.StartAsync());
        await Task.WhenAll(postgreSql, rabbitMq, redis, s3);
        return new(await postgreSql, await rabbitMq, await redis, await s3, await (await postgreSql).CreateDatabaseAsync());
    }

    /// <summary>Puts into the Secrets that the chart names what opens these engines.</summary>
    public void Fill(IReadOnlyDictionary<string, V1Secret> secrets)
    {
        void Set(string secret, string key, string value) => secrets[secret].Data[key] = Encoding.UTF8.GetBytes(value);
        Set("mailstead-database", "connectionString", database);
        Set("mailstead-bus", "uri", RabbitMq.Uri);
        Set("mailstead-cache", "connectionString", Redis.ConnectionString);
        Set("mailstead-bodies", "accessKeyId", bodies.AccessKeyId);
        Set("mailstead-bodies", "secretAccessKey", bodies.SecretAccessKey);
    }

    public async ValueTask DisposeAsync()
    {
        await S3.DisposeAsync();
        await Redis.DisposeAsync();
        await RabbitMq.DisposeAsync();
        await PostgreSql.DisposeAsync();
    }
}

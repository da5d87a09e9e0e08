using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Mailstead.EndToEnd.Harness;
using Mailstead.Stores.Harness;
using Npgsql;
using RabbitMQ.Client;

namespace Mailstead.EndToEnd.Encryption;

/// <summary>All that the engines of a cluster have: the database's and the broker's files, every object, a dump of Redis.</summary>
internal static class EngineContents
{
    /// <summary>Nothing when the program keeps everything in its own files.</summary>
    public static async IAsyncEnumerable<(string Place, byte[] Octets)> ReadAsync(MailsteadServer server)
    {
        if (server.PostgreSql is not { } postgreSql)
            yield break;
        await FlushAsync(postgreSql);
        var database = (await ClusterEngines.PostgreSqlAsync()).Folder;
        foreach (var file in Files(database))
            yield return ("PostgreSQL " + Path.GetRelativePath(database, file), CanaryTests.ReadAll(file));
        var broker = (await ClusterEngines.RabbitMqAsync()).Folder;
        foreach (var file in Files(broker))
            yield return ("RabbitMQ " + Path.GetRelativePath(broker, file), CanaryTests.ReadAll(file));
        yield return ("Redis", await (await ClusterEngines.RedisAsync()).DumpAsync());
        await foreach (var found in ObjectsAsync(server.Settings))
            yield return found;
    }

    /// <summary>Puts a word where a look must find it.</summary>
    public static async Task PlantAsync(MailsteadServer server, string word)
    {
        await using var connection = new NpgsqlConnection(PostgreSqlServer.AsAdministrator(server.PostgreSql!));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE TABLE planted AS SELECT '{word}' AS word", connection);
        await command.ExecuteNonQueryAsync();
        await using var redis = await (await ClusterEngines.RedisAsync()).ConnectAsync();
        await redis.GetDatabase().StringSetAsync("planted", word);
        await using var broker = await (await ClusterEngines.RabbitMqAsync()).ConnectAsync();
        await using var channel = await broker.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.QueueDeclareAsync("planted", durable: true, exclusive: false, autoDelete: false);
        await channel.BasicPublishAsync("", "planted", true, new BasicProperties { Persistent = true }, Encoding.UTF8.GetBytes(word));
        using var objects = Objects(server.Settings);
        await objects.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Setting(server.Settings, "Bucket"),
            Key = Setting(server.Settings, "Prefix") + "planted",
            ContentBody = word,
        });
    }

    /// <summary>Removes every body of the cluster.</summary>
    public static async Task LoseObjectsAsync(MailsteadServer server)
    {
        using var client = Objects(server.Settings);
        await foreach (var (place, _) in ObjectsAsync(server.Settings))
            await client.DeleteObjectAsync(Setting(server.Settings, "Bucket"), place["object ".Length..]);
    }

    /// <summary>What is only in the server's memory comes to its files.</summary>
    private static async Task FlushAsync(string postgreSql)
    {
        await using var connection = new NpgsqlConnection(PostgreSqlServer.AsAdministrator(postgreSql));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("CHECKPOINT", connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>All, hidden ones too, but PostgreSQL's sockets, which have no content.</summary>
    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(file => !Path.GetFileName(file).StartsWith(".s.", StringComparison.Ordinal));

    private static async IAsyncEnumerable<(string Place, byte[] Octets)> ObjectsAsync(IReadOnlyDictionary<string, string> settings)
    {
        using var client = Objects(settings);
        var names = await client.ListObjectsV2Async(
            new ListObjectsV2Request { BucketName = Setting(settings, "Bucket"), Prefix = Setting(settings, "Prefix") });
        Assert.False(names.IsTruncated ?? false, "More objects than one list has");
        foreach (var found in names.S3Objects ?? [])
        {
            using var answer = await client.GetObjectAsync(found.BucketName, found.Key);
            var octets = new MemoryStream();
            await answer.ResponseStream.CopyToAsync(octets);
            yield return ("object " + found.Key, octets.ToArray());
        }
    }

    private static AmazonS3Client Objects(IReadOnlyDictionary<string, string> settings) => new(
        new BasicAWSCredentials(Setting(settings, "AccessKeyId"), Setting(settings, "SecretAccessKey")),
        new AmazonS3Config
        {
            ServiceURL = Setting(settings, "Endpoint"),
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        });

    private static string Setting(IReadOnlyDictionary<string, string> settings, string name) => settings["MAILSTEAD_Bodies__S3__" + name];
}

using System.Text;
using Mailstead.Cluster.Harness;
using Mailstead.Hosting.Bus;
using Mailstead.Stores.Harness;
using RabbitMQ.Client;

namespace Mailstead.Cluster.Bus;

/// <summary>What no attempt could react to waits for an operator, is counted, and gets its second chance without being lost.</summary>
public sealed class DeadLetterTests(Engines engines)
{
    private const string Queue = "mailstead-delivery";
    private const string DeadLetterQueue = "mailstead-delivery_error";

    [Fact]
    public async Task A_dead_letter_is_counted_and_replayed_and_comes_back_when_it_fails_again()
    {
        // Its own: others don't expect dead letters in theirs.
        await using var broker = await RabbitMqServer.StartAsync();
        await using var replica = await engines.StartReplicaAsync(
            await engines.NewDatabaseAsync(), [new("Bus:RabbitMq", broker.Uri), new("Bus:DeadLetterInterval", "00:00:01")]);
        await EventTests.HealthyAsync(replica);
        var letters = replica.Get<DeadLetters>();
        Assert.Equal(0u, (await letters.CountAsync(TestContext.Current.CancellationToken))["delivery"]);

        // No version of the program understands it.
        await using var connection = await broker.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await PublishAsync(channel, Queue, Envelope("\"when the moon is full\""));
        await ComesToAsync(letters, 1);
        Assert.Equal(1u, (await letters.ReplayAsync(TestContext.Current.CancellationToken))["delivery"]);
        await ComesToAsync(letters, 1);
        var marks = await PeekAsync(connection);
        Assert.Contains("MT-Fault-ExceptionType", marks.Keys);

        // This one failed for a reason that is gone: it is taken, and the other is not lost beside it.
        await PublishAsync(channel, DeadLetterQueue, Envelope("\"2027-03-31T00:00:00+00:00\""), new() { ["MT-Reason"] = "fault", ["MT-Fault-Message"] = "The database was away" });
        await ComesToAsync(letters, 2);
        Assert.Equal(2u, (await letters.ReplayAsync(TestContext.Current.CancellationToken))["delivery"]);
        await ComesToAsync(letters, 1);
        await Eventually.BecomesAsync(async () => (await channel.QueueDeclarePassiveAsync(Queue)).MessageCount == 0, "the role's queue is empty");

        await broker.KillAsync();
        await Assert.ThrowsAsync<RabbitMQ.Client.Exceptions.BrokerUnreachableException>(() => letters.CountAsync(TestContext.Current.CancellationToken));
    }

    private static async Task ComesToAsync(DeadLetters letters, uint count)
    {
        await Eventually.BecomesAsync(
            async () => (await letters.CountAsync(TestContext.Current.CancellationToken))["delivery"] == count, $"{count} dead letters");
    }

    private static string Envelope(string at) =>
        $$$"""
        {"messageId":"{{{Guid.NewGuid()}}}","messageType":["urn:message:Mailstead.Contracts.Events:SpoolHasWork"],"message":{"noticedAt":{{{at}}}}}
        """;

    private static async Task PublishAsync(IChannel channel, string queue, string envelope, Dictionary<string, object?>? headers = null) =>
        await channel.BasicPublishAsync(
            "", queue, mandatory: true,
            new BasicProperties { ContentType = "application/vnd.masstransit+json", DeliveryMode = DeliveryModes.Persistent, Headers = headers },
            Encoding.UTF8.GetBytes(envelope));

    /// <summary>The header fields of the only dead letter, which stays.</summary>
    private static async Task<IDictionary<string, object?>> PeekAsync(IConnection connection)
    {
        await using var channel = await connection.CreateChannelAsync();
        var letter = await channel.BasicGetAsync(DeadLetterQueue, autoAck: false);
        var headers = letter!.BasicProperties.Headers!;
        await channel.BasicNackAsync(letter.DeliveryTag, multiple: false, requeue: true);
        return headers;
    }
}

using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Mailstead.Hosting.Bus;

/// <summary>Events that every attempt to react to has failed for, by role; and their second chance.</summary>
public sealed class DeadLetters
{
    /// <summary>Header fields that tell of the failure; a second failure tells its own.</summary>
    private const string FaultPrefix = "MT-Fault-";
    private const string ReasonHeader = "MT-Reason";

    private readonly BrokerAddress address;

    internal DeadLetters(BrokerAddress address, IReadOnlyList<string> roles) => (this.address, Roles) = (address, roles);

    public IReadOnlyList<string> Roles { get; }

    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The address is none.</exception>
    public static DeadLetters At(BusOptions options, IReadOnlyList<string> roles) =>
        new(BrokerAddress.Parse(options.RabbitMq, options.Authorities), roles);

    /// <summary>How many each role has; roles without a queue have none.</summary>
    public async Task<IReadOnlyDictionary<string, uint>> CountAsync(CancellationToken cancellationToken)
    {
        await using var connection = await address.CreateFactory().CreateConnectionAsync(cancellationToken);
        var counts = new Dictionary<string, uint>();
        foreach (var role in Roles)
            counts[role] = await CountAsync(connection, QueueNames.OfDeadLetters(role), cancellationToken);
        return counts;
    }

    /// <summary>
    /// Puts those that a role has now back into its queue: taken only when the queue has confirmed them, so that a kill in
    /// between doubles one and loses none. Those that fail again come back here, and are not taken twice.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, uint>> ReplayAsync(CancellationToken cancellationToken)
    {
        await using var connection = await address.CreateFactory().CreateConnectionAsync(cancellationToken);
        var replayed = new Dictionary<string, uint>();
        foreach (var role in Roles)
        {
            var there = await CountAsync(connection, QueueNames.OfDeadLetters(role), cancellationToken);
            replayed[role] = there == 0 ? 0 : await ReplayAsync(connection, role, there, cancellationToken);
        }

        return replayed;
    }

    private static async Task<uint> CountAsync(IConnection connection, string queue, CancellationToken cancellationToken)
    {
        // A channel of its own: asking for a queue that isn't there closes it.
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            return (await channel.QueueDeclarePassiveAsync(queue, cancellationToken)).MessageCount;
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return 0;
        }
    }

    private static async Task<uint> ReplayAsync(IConnection connection, string role, uint count, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        for (uint taken = 0; taken < count; taken++)
        {
            if (await channel.BasicGetAsync(QueueNames.OfDeadLetters(role), autoAck: false, cancellationToken) is not { } dead)
                return taken;
            var properties = new BasicProperties(dead.BasicProperties);
            foreach (var name in properties.Headers?.Keys.Where(IsOfFault).ToList() ?? [])
                properties.Headers!.Remove(name);
            // Mandatory: without the role's queue it fails here, and the letter stays where it is.
            await channel.BasicPublishAsync("", QueueNames.OfRole(role), mandatory: true, properties, dead.Body, cancellationToken);
            await channel.BasicAckAsync(dead.DeliveryTag, multiple: false, cancellationToken);
        }

        return count;
    }

    private static bool IsOfFault(string name) => name.StartsWith(FaultPrefix, StringComparison.Ordinal) || name == ReasonHeader;
}

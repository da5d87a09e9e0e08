using Google.Protobuf;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Delivery.Routing;
using Mailstead.Hosting;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Mime;

namespace Mailstead.Delivery.Spool;

/// <summary>Messages that this installation makes itself: body first, the row in the transaction that records why, then to a router.</summary>
internal sealed class OwnMessages(
    IBodyStore bodies, TransportKeys keys, RoutingQueue routing, ProcessIdentity process, InstallationOptions installation, DeliveryOptions options,
    TimeProvider clock)
{
    /// <param name="envelope">Outbound, of the organization, and of no user: rules and journaling leave it alone.</param>
    /// <param name="isToBeSigned">Its From is in a domain of the organization.</param>
    /// <param name="write">Appends its content.</param>
    public async Task<SpooledMessage> StoreAsync(
        Guid organizationId, Envelope envelope, bool isToBeSigned, Func<Intake, Task> write, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var key = MessageKey.Create();
        var bodyId = Guid.CreateVersion7(now);
        using var transport = await keys.GetAsync(organizationId, cancellationToken);
        await using var writer = bodies.Create(bodyId, key);
        using var intake = new Intake([writer], checks: null, installation.Hostname, isToBeSigned);
        await write(intake);
        var (summary, bodyHash) = await intake.CompleteAsync(cancellationToken);
        var content = new SpooledEnvelope { Envelope = envelope, ItemClass = ItemClass.Of(summary), BodyHash = UnsafeByteOperations.UnsafeWrap(bodyHash) };
        HeaderFacts.Read(summary.Header.Span, content);
        return new SpooledMessage
        {
            OrganizationId = organizationId,
            MessageId = Guid.CreateVersion7(now),
            Key = key,
            SealedKey = TransportKeys.SealKey(transport, bodyId, key),
            SealedSummary = key.SealCompressed(summary.ToByteArray(), SpooledMessage.SummaryContext(bodyId)),
            Content = content,
            Body = await writer.CompleteAsync(cancellationToken),
            Attempts = 0,
            ReceivedAt = now,
            ExpiresAt = now + options.ExpireAfter,
        };
    }

    public ValueTask<bool> InsertAsync(Transaction transaction, SpooledMessage message) =>
        SpoolTable.InsertAsync(transaction, message, process.Id, message.ReceivedAt + options.Lease);

    /// <summary>Nobody has it in hand: the sweeper takes it.</summary>
    public ValueTask<bool> InsertForSweeperAsync(Transaction transaction, SpooledMessage message) =>
        SpoolTable.InsertAsync(transaction, message, process.Id, DateTimeOffset.UnixEpoch);

    /// <summary>Once its row is durable: to a router, or to nobody in particular.</summary>
    public async Task SendAsync(SpooledMessage message)
    {
        if (!await routing.OfferAsync(message))
            message.Dispose();
    }
}

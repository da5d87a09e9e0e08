using System.Security.Cryptography;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery.Spool;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Delivery.Routing;

/// <summary>
/// Gives a message to another organization of this installation: a body of its own under its own keys, a spool row of its own. The
/// new message's id follows from the old one's, so that a hand-over done twice is one.
/// </summary>
internal sealed class HandOver(
    [FromKeyedServices("delivery")] Database database, IBodyStore bodies, TransportKeys keys, RoutingQueue routing, ProcessIdentity process,
    DeliveryOptions options, TimeProvider clock)
{
    private const int PieceOctets = 64 * 1024;

    public async Task RunAsync(
        RoutingPass pass, Guid organizationId, List<EnvelopeRecipient> recipients, CancellationToken cancellationToken)
    {
        var envelope = pass.Message.Envelope.Clone();
        envelope.Direction = Direction.Inbound;
        envelope.OrganizationId = "";
        envelope.UserId = "";
        envelope.TraceParent = pass.TraceParent;
        envelope.Recipients.Clear();
        envelope.Recipients.AddRange(recipients);
        // Its rules are others'.
        foreach (var recipient in envelope.Recipients)
            recipient.Handling = null;
        var copy = await CopyAsync(pass.Message, organizationId, envelope, cancellationToken);
        var isNew = await database.WriteAsync(
            TenantScope.Of(organizationId),
            transaction => SpoolTable.InsertAsync(transaction, copy, process.Id, copy.ReceivedAt + options.Lease), cancellationToken);
        // No waiting for room in the queue: it is the routers who make it.
        if (!isNew || !routing.TryOffer(copy))
        {
            if (isNew)
                await database.WriteAsync(
                    TenantScope.Of(organizationId), transaction => SpoolTable.ReleaseAsync(transaction, copy, process.Id), CancellationToken.None);
            copy.Dispose();
        }

        pass.IsHandedOver = true;
        foreach (var recipient in pass.Message.Envelope.Recipients.Where(recipient => recipients.Any(handed => handed.Address == recipient.Address)))
            pass.Succeed(recipient, "relayed");
    }

    private async Task<SpooledMessage> CopyAsync(
        SpooledMessage message, Guid organizationId, Envelope envelope, CancellationToken cancellationToken)
    {
        var key = MessageKey.Create();
        var bodyId = Guid.CreateVersion7(clock.GetUtcNow());
        using var transport = await keys.GetAsync(organizationId, cancellationToken);
        await using var writer = bodies.Create(bodyId, key);
        using (var reader = await bodies.OpenAsync(message.Body.BodyId, message.Body.Location, message.Key, cancellationToken))
        {
            var piece = new byte[PieceOctets];
            for (long offset = 0; await reader.ReadAsync(offset, piece, cancellationToken) is > 0 and var count; offset += count)
                await writer.WriteAsync(piece.AsMemory(0, count), cancellationToken);
        }

        var now = clock.GetUtcNow();
        var summary = message.Key.OpenCompressed(
            message.SealedSummary, SpooledMessage.SummaryContext(message.Body.BodyId), int.MaxValue);
        return new SpooledMessage
        {
            OrganizationId = organizationId,
            MessageId = DerivedId(message.MessageId, organizationId),
            Key = key,
            SealedKey = TransportKeys.SealKey(transport, bodyId, key),
            SealedSummary = key.SealCompressed(summary, SpooledMessage.SummaryContext(bodyId)),
            Content = new SpooledEnvelope
            {
                Envelope = envelope,
                ReceivedCount = message.Content.ReceivedCount,
                ItemClass = message.Content.ItemClass,
                FromAddress = message.Content.FromAddress,
                SenderAddress = message.Content.SenderAddress,
                IsJournaled = message.Content.IsJournaled && message.Envelope.UserId.Length == 0,
            },
            Body = await writer.CompleteAsync(cancellationToken),
            Attempts = 0,
            ReceivedAt = now,
            ExpiresAt = now + options.ExpireAfter,
        };
    }

    private static Guid DerivedId(Guid messageId, Guid organizationId)
    {
        Span<byte> both = stackalloc byte[32];
        messageId.TryWriteBytes(both, bigEndian: true, out _);
        organizationId.TryWriteBytes(both[16..], bigEndian: true, out _);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(both, hash);
        both[..6].CopyTo(hash);
        hash[6] = (byte)(0x70 | (hash[6] & 0x0F));
        hash[8] = (byte)(0x80 | (hash[8] & 0x3F));
        return new Guid(hash[..16], bigEndian: true);
    }
}

using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Delivery.Spool;
using Mailstead.Hosting;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Mime;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Delivery.MessageFlow;

/// <summary>Messages as functions read and replace them.</summary>
internal sealed class RawMessages(
    [FromKeyedServices("delivery")] Database database, IBodyStore bodies, TransportKeys keys, ReplacementBucket bucket, InstallationOptions installation,
    DeliveryOptions options, TimeProvider clock) : IDisposable
{
    private const int OctetsMax = 40 * 1024 * 1024;
    private const int AtOnce = 8;

    /// <summary>Each is in memory as a whole.</summary>
    private readonly SemaphoreSlim room = new(AtOnce);

    /// <summary>Whose it is; nobody's: it is not there.</summary>
    public async Task<FindTransitMessageResponse> FindAsync(string messageId, CancellationToken cancellationToken) =>
        await TryFindRowAsync(messageId, cancellationToken) is { } row
            ? new FindTransitMessageResponse { OrganizationId = row.OrganizationId.ToString(), Direction = row.Direction }
            : new FindTransitMessageResponse();

    /// <exception cref="RpcException">ResourceNotFoundException.</exception>
    public async Task<GetRawMessageContentResponse> ReadAsync(string messageId, CancellationToken cancellationToken)
    {
        var row = await FindRowAsync(messageId, cancellationToken);
        await room.WaitAsync(cancellationToken);
        try
        {
            using var transport = await keys.GetAsync(row.OrganizationId, cancellationToken);
            using var key = TransportKeys.OpenKey(transport, row.Body.BodyId, row.SealedKey);
            using var reader = await bodies.OpenAsync(row.Body.BodyId, row.Body.Location, key, cancellationToken);
            var trace = row.OpenTrace(key);
            var content = new byte[trace.Length + reader.Size];
            trace.CopyTo(content, 0);
            for (var offset = 0L; offset < reader.Size;)
            {
                var count = await reader.ReadAsync(offset, content.AsMemory(trace.Length + (int)offset), cancellationToken);
                offset += count > 0 ? count : throw new BodyMissingException(row.Body.Location);
            }

            return new GetRawMessageContentResponse { MessageContent = UnsafeByteOperations.UnsafeWrap(content) };
        }
        finally
        {
            room.Release();
        }
    }

    /// <exception cref="RpcException">ResourceNotFoundException, MessageFrozen, InvalidContentLocation, MessageRejected.</exception>
    public async Task ReplaceAsync(string messageId, S3Reference reference, CancellationToken cancellationToken)
    {
        var row = await FindRowAsync(messageId, cancellationToken);
        if (!row.IsHeld)
            throw MessageFlowErrors.Frozen(messageId);
        await room.WaitAsync(cancellationToken);
        try
        {
            var content = MessageConformance.Normalize(await bucket.ReadAsync(reference, OctetsMax, cancellationToken), out var breach);
            if (content is null)
                throw MessageFlowErrors.Rejected(breach);
            await StoreAsync(row, messageId, content, cancellationToken);
        }
        finally
        {
            room.Release();
        }
    }

    public void Dispose() => room.Dispose();

    private async Task StoreAsync(TransitRow row, string messageId, byte[] content, CancellationToken cancellationToken)
    {
        using var transport = await keys.GetAsync(row.OrganizationId, cancellationToken);
        using var before = TransportKeys.OpenKey(transport, row.Body.BodyId, row.SealedKey);
        var now = clock.GetUtcNow();
        var bodyId = Guid.CreateVersion7(now);
        using var key = MessageKey.Create();
        await using var writer = bodies.Create(bodyId, key);
        using var intake = new Intake([writer], checks: null, installation.Hostname, isToBeSigned: row.Direction == Direction.Outbound);
        await intake.AppendAsync(content, cancellationToken);
        var (summary, bodyHash) = await intake.CompleteAsync(cancellationToken);
        var facts = new SpooledEnvelope { ItemClass = ItemClass.Of(summary), BodyHash = UnsafeByteOperations.UnsafeWrap(bodyHash) };
        HeaderFacts.Read(summary.Header.Span, facts);
        using var replacement = new SpooledMessage
        {
            OrganizationId = row.OrganizationId,
            MessageId = row.MessageId,
            Key = key,
            SealedKey = TransportKeys.SealKey(transport, bodyId, key),
            SealedSummary = key.SealCompressed(summary.ToByteArray(), SpooledMessage.SummaryContext(bodyId)),
            Content = facts,
            Body = await writer.CompleteAsync(cancellationToken),
            Attempts = 0,
            ReceivedAt = now,
            ExpiresAt = now + options.ExpireAfter,
        };
        var isReplaced = await database.WriteAsync(
            TenantScope.Of(row.OrganizationId), transaction => TransitTable.ReplaceAsync(transaction, replacement, row.OpenTrace(before)), cancellationToken);
        if (!isReplaced)
            throw MessageFlowErrors.Frozen(messageId);
    }

    private async Task<TransitRow> FindRowAsync(string messageId, CancellationToken cancellationToken) =>
        await TryFindRowAsync(messageId, cancellationToken) ?? throw MessageFlowErrors.NotFound(messageId);

    private async Task<TransitRow?> TryFindRowAsync(string messageId, CancellationToken cancellationToken) =>
        Guid.TryParse(messageId, out var id)
            ? await database.ReadAsync(
                TenantScope.None, transaction => TransitTable.FindAnywhereAsync(transaction, id, clock.GetUtcNow()), cancellationToken)
            : null;
}

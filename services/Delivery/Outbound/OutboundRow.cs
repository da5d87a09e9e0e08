using Mailstead.Persistence.Bodies;

namespace Mailstead.Delivery.Outbound;

/// <summary>The recipients of one destination, as they wait.</summary>
internal sealed record OutboundRow
{
    public required Guid OrganizationId { get; init; }

    public required Guid QueueId { get; init; }

    public required Guid MessageId { get; init; }

    public required byte[] DestinationIndex { get; init; }

    public required StoredBody Body { get; init; }

    public required byte[] SealedKey { get; init; }

    /// <summary>An OutboundJob under the message key.</summary>
    public required byte[] SealedJob { get; init; }

    public required int Attempts { get; init; }

    public required long ExpiresAt { get; init; }

    /// <summary>When the sender is told of the delay; <see cref="long.MaxValue"/> once told.</summary>
    public required long WarnAt { get; init; }

    public required long CreatedAt { get; init; }

    public static byte[] JobContext(Guid queueId) => [.. "outbound job"u8, .. queueId.ToByteArray(bigEndian: true)];
}

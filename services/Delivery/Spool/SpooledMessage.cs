using Mailstead.Contracts.Delivery.V1;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Delivery.Spool;

/// <summary>One accepted message of one organization, open in memory. Whoever holds it holds its lease.</summary>
internal sealed class SpooledMessage : IDisposable
{
    public required Guid OrganizationId { get; init; }

    public required Guid MessageId { get; init; }

    public required StoredBody Body { get; init; }

    public required MessageKey Key { get; init; }

    /// <summary>As stored, so that a follow-up row can take it over.</summary>
    public required byte[] SealedKey { get; init; }

    /// <summary>Compressed and sealed under <see cref="Key"/>.</summary>
    public required byte[] SealedSummary { get; init; }

    public required SpooledEnvelope Content { get; init; }

    public required int Attempts { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public Envelope Envelope => Content.Envelope;

    public void Dispose() => Key.Dispose();

    /// <summary>What a summary is sealed with: the body that it is of.</summary>
    public static byte[] SummaryContext(Guid bodyId) => [.. "summary"u8, .. bodyId.ToByteArray(bigEndian: true)];

    public static byte[] EnvelopeContext(Guid bodyId) => [.. "envelope"u8, .. bodyId.ToByteArray(bigEndian: true)];
}

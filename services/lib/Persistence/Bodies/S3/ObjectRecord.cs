using System.Buffers;

namespace Mailstead.Persistence.Bodies.S3;

/// <summary>A record in an object: read ahead, so that a body read from its beginning costs a request for each megabyte.</summary>
internal sealed class ObjectRecord(S3Bucket bucket, SegmentLocation location) : RecordSource
{
    private const int AheadOctets = 1024 * 1024;

    private byte[]? ahead;
    private long aheadOffset;
    private int aheadLength;

    public override long Length => location.Length;

    public override async ValueTask FillAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (offset + destination.Length > Length)
            throw new BodyMissingException(ToString());
        if (destination.Length >= AheadOctets)
        {
            await bucket.ReadAsync(location.Segment, location.Offset + offset, destination, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (ahead is null || offset < aheadOffset || offset + destination.Length > aheadOffset + aheadLength)
            await LoadAsync(offset, destination.Length, cancellationToken).ConfigureAwait(false);
        ahead.AsSpan((int)(offset - aheadOffset), destination.Length).CopyTo(destination.Span);
    }

    public override void Dispose()
    {
        if (ahead is not null)
            ArrayPool<byte>.Shared.Return(ahead);
        ahead = null;
    }

    public override string ToString() => location.ToString();

    private async ValueTask LoadAsync(long offset, int wanted, CancellationToken cancellationToken)
    {
        // The index at the end is read once; what is ahead of it is nothing.
        var length = (int)Math.Min(Math.Max(wanted, AheadOctets), Length - offset);
        if (ahead is null || ahead.Length < length)
        {
            if (ahead is not null)
                ArrayPool<byte>.Shared.Return(ahead);
            ahead = ArrayPool<byte>.Shared.Rent(length);
        }

        aheadLength = 0;
        await bucket.ReadAsync(location.Segment, location.Offset + offset, ahead.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        (aheadOffset, aheadLength) = (offset, length);
    }
}

namespace Mailstead.Persistence.Bodies;

/// <summary>Where one record is read from.</summary>
internal abstract class RecordSource : IDisposable
{
    /// <summary>Octets of the record.</summary>
    public abstract long Length { get; }

    /// <summary>Fills all of <paramref name="destination"/> from an offset within the record.</summary>
    /// <exception cref="BodyMissingException">The record ends before.</exception>
    public abstract ValueTask FillAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken);

    public abstract void Dispose();
}

/// <summary>A record in a segment file.</summary>
internal sealed class SegmentRecord(SegmentHandles.Lease file, SegmentLocation location) : RecordSource
{
    public override long Length => location.Length;

    public override ValueTask FillAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        // Warm pages are read faster than a task is made; cold ones take a tenth of a millisecond.
        var left = destination.Span;
        while (left.Length > 0)
        {
            var count = RandomAccess.Read(file.Handle, left, location.Offset + offset);
            if (count == 0)
                throw new BodyMissingException(ToString());
            left = left[count..];
            offset += count;
        }

        return ValueTask.CompletedTask;
    }

    public override void Dispose() => file.Dispose();

    public override string ToString() => location.ToString();
}

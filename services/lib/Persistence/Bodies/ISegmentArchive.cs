namespace Mailstead.Persistence.Bodies;

/// <summary>The segments of a body store as octets, for whoever takes them elsewhere and brings them back: they stay encrypted.</summary>
public interface ISegmentArchive
{
    /// <summary>A segment is written once and whole; else it grows, and its name may come again when it is gone.</summary>
    bool IsWrittenWhole { get; }

    /// <summary>Segments worth reading or writing at a time.</summary>
    int AtOnce { get; }

    /// <summary>The octets of a segment, or null: there is none.</summary>
    ValueTask<long?> LengthAsync(string segment, CancellationToken cancellationToken);

    /// <summary>Fills <paramref name="destination"/> from an offset.</summary>
    /// <exception cref="BodyMissingException">There is no such segment, or it ends before.</exception>
    ValueTask ReadAsync(string segment, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a segment of <paramref name="length"/> octets, durable when it returns. Where names are never used again, one that is
    /// there in this length stays as it is.
    /// </summary>
    ValueTask WriteAsync(string segment, long length, Stream content, CancellationToken cancellationToken);

    /// <summary>Adds one record from elsewhere to what is being written now; durable when it returns.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It is no record of this body.</exception>
    ValueTask<StoredBody> AppendAsync(Guid bodyId, ReadOnlyMemory<byte> record, CancellationToken cancellationToken);
}

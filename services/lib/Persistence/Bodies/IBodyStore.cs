using Mailstead.Persistence.Encryption;

namespace Mailstead.Persistence.Bodies;

/// <summary>
/// Where message bodies lie, encrypted and compressed. A body is written once and never changed. A location is opaque to
/// everyone but the store that gave it.
/// </summary>
public interface IBodyStore
{
    /// <summary>Begins a body. Nothing is there until <see cref="BodyWriter.CompleteAsync"/> has returned.</summary>
    BodyWriter Create(Guid bodyId, MessageKey key);

    /// <exception cref="BodyMissingException">Nothing lies there.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It is another body, was changed, or is under another key.</exception>
    ValueTask<BodyReader> OpenAsync(Guid bodyId, string location, MessageKey key, CancellationToken cancellationToken);

    /// <summary>What can be collected: everything but what is being written to now.</summary>
    IAsyncEnumerable<BodySegment> ListClosedSegmentsAsync(CancellationToken cancellationToken);

    /// <summary>The bodies in a segment, found by reading it: no table is needed.</summary>
    ValueTask<IReadOnlyList<StoredBody>> ListBodiesAsync(string segment, CancellationToken cancellationToken);

    /// <summary>Copies a body as it lies, still encrypted, to the segment that is being written now.</summary>
    ValueTask<StoredBody> CopyAsync(StoredBody body, CancellationToken cancellationToken);

    /// <summary>Deletes a segment. The caller has made sure that nothing refers to it any more.</summary>
    ValueTask DeleteSegmentAsync(string segment, CancellationToken cancellationToken);
}

/// <summary>A body that is durable.</summary>
/// <param name="Size">Octets of the content, before compression and encryption.</param>
public sealed record StoredBody(Guid BodyId, string Location, long Size);

/// <summary>A file or an object of bodies.</summary>
public sealed record BodySegment(string Name, long Length, DateTimeOffset LastWrittenAt);

/// <summary>A body is not where its row says: a row was kept longer than its body, or a disk has lost it.</summary>
public sealed class BodyMissingException(string location) : IOException($"No message body at {location}");

/// <summary>One body on its way in. Disposed without completion, it was never there.</summary>
public abstract class BodyWriter : IAsyncDisposable
{
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Durable when it returns.</summary>
    public abstract ValueTask<StoredBody> CompleteAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <summary>One body, decrypted as it is read. Used by one reader at a time.</summary>
public abstract class BodyReader : IDisposable
{
    /// <summary>Octets of the content.</summary>
    public abstract long Size { get; }

    /// <summary>The number of octets read: 0 at the end, else at least 1.</summary>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    public abstract void Dispose();
}

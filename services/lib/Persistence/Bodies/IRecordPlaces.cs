namespace Mailstead.Persistence.Bodies;

/// <summary>Where finished records go. Returned strings are locations.</summary>
internal interface IRecordPlaces
{
    /// <summary>Durable when it returns; <paramref name="record"/> must not change until then.</summary>
    ValueTask<string> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken);

    /// <summary>A place for one record that is too large to share one.</summary>
    ValueTask<OwnRecord> BeginOwnAsync(Guid bodyId, CancellationToken cancellationToken);
}

/// <summary>A large record on its way in. Disposed without completion, it was never there.</summary>
internal abstract class OwnRecord : IAsyncDisposable
{
    /// <summary>Octets written so far, the header's place included.</summary>
    public long Length { get; protected set; }

    /// <summary>The first octets written are the header's place, zero.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken);

    /// <summary>Puts the header in its place, last of all. Durable when it returns the location.</summary>
    public abstract ValueTask<string> CompleteAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

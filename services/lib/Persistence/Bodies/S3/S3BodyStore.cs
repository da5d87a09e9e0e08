using System.Runtime.CompilerServices;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Persistence.Bodies.S3;

/// <summary>
/// Bodies as objects of a bucket: small ones together in packs, large ones each in its own. Objects are never changed, so
/// every process may read and write at once, and none needs to know of the others.
/// </summary>
public sealed class S3BodyStore(S3Options options, TimeProvider clock) : IBodyStore, IRecordPlaces, ISegmentArchive, IAsyncDisposable
{
    private readonly S3Bucket bucket = new(options);
    private Packer? packer;

    private Packer Packs => LazyInitializer.EnsureInitialized(ref packer, () => new Packer(bucket, options.ConcurrentPacks, clock));

    /// <summary>Asks the bucket for a name, as collecting does, and makes it first where that is wanted (<see cref="S3Options.CreateBucket"/>).</summary>
    /// <exception cref="IOException">It doesn't answer now.</exception>
    /// <exception cref="InvalidOperationException">It refuses: a setting is wrong.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (options.CreateBucket)
            await bucket.CreateAsync(cancellationToken).ConfigureAwait(false);
        await bucket.CheckAsync(cancellationToken).ConfigureAwait(false);
    }

    bool ISegmentArchive.IsWrittenWhole => true;

    int ISegmentArchive.AtOnce => 8;

    public BodyWriter Create(Guid bodyId, MessageKey key) => new RecordWriter(this, bodyId, key);

    public ValueTask<BodyReader> OpenAsync(Guid bodyId, string location, MessageKey key, CancellationToken cancellationToken) =>
        RecordReader.OpenAsync(new ObjectRecord(bucket, SegmentLocation.Parse(location)), bodyId, key, cancellationToken);

    ValueTask<string> IRecordPlaces.AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken) =>
        Packs.AppendAsync(record, cancellationToken);

    ValueTask<OwnRecord> IRecordPlaces.BeginOwnAsync(Guid bodyId, CancellationToken cancellationToken) =>
        ValueTask.FromResult<OwnRecord>(new OwnObject(bucket, bodyId));

    public async IAsyncEnumerable<BodySegment> ListClosedSegmentsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var found in bucket.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            // Anything else below the prefix is not ours.
            if (SegmentLocation.IsName(found.Name) && found.Name[0] is 'p' or 'x')
                yield return found;
        }
    }

    public async ValueTask<IReadOnlyList<StoredBody>> ListBodiesAsync(string segment, CancellationToken cancellationToken)
    {
        if (segment[0] == 'p')
            return PackLayout.ReadIndex(segment, await bucket.ReadEndAsync(segment, PackLayout.IndexOctetsMax, cancellationToken).ConfigureAwait(false));
        var header = new byte[RecordLayout.HeaderOctets];
        await bucket.ReadAsync(segment, 0, header, cancellationToken).ConfigureAwait(false);
        return RecordLayout.TryReadHeader(header, out var bodyId, out var length, out var size)
            ? [new StoredBody(bodyId, new SegmentLocation(segment, 0, length).ToString(), size)]
            : [];
    }

    public async ValueTask<StoredBody> CopyAsync(StoredBody body, CancellationToken cancellationToken)
    {
        var from = SegmentLocation.Parse(body.Location);
        var record = new byte[from.Length];
        await bucket.ReadAsync(from.Segment, from.Offset, record, cancellationToken).ConfigureAwait(false);
        return body with { Location = await Packs.AppendAsync(record, cancellationToken).ConfigureAwait(false) };
    }

    public async ValueTask DeleteSegmentAsync(string segment, CancellationToken cancellationToken)
    {
        if (!SegmentLocation.IsName(segment))
            throw new ArgumentException("Not the name of an object", nameof(segment));
        await bucket.DeleteAsync(segment, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<long?> LengthAsync(string segment, CancellationToken cancellationToken) =>
        await bucket.LengthAsync(segment, cancellationToken).ConfigureAwait(false);

    public async ValueTask ReadAsync(string segment, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        await bucket.ReadAsync(segment, offset, destination, cancellationToken).ConfigureAwait(false);

    public async ValueTask WriteAsync(string segment, long length, Stream content, CancellationToken cancellationToken)
    {
        if (await bucket.LengthAsync(segment, cancellationToken).ConfigureAwait(false) != length)
            await bucket.PutAsync(segment, length, content, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<StoredBody> AppendAsync(Guid bodyId, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        var size = RecordLayout.RequireBody(record.Span, bodyId);
        return new StoredBody(bodyId, await Packs.AppendAsync(record, cancellationToken).ConfigureAwait(false), size);
    }

    public async ValueTask DisposeAsync()
    {
        if (packer is not null)
            await packer.DisposeAsync().ConfigureAwait(false);
        bucket.Dispose();
    }
}

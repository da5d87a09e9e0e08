using System.Collections.Concurrent;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Persistence.Bodies;

/// <summary>
/// Bodies in append-only files of one folder.
/// <list type="number">
/// <item>What was answered as stored has been synced, and so has its directory entry.</item>
/// <item>A file is never written again after this process has ended: the next one begins a new segment, so that the torn
/// end of a killed process's last write is never built upon.</item>
/// <item>A record can be found without any table, by its header.</item>
/// </list>
/// </summary>
public sealed class SegmentBodyStore(string folder) : IBodyStore, IRecordPlaces, ISegmentArchive, IAsyncDisposable
{
    /// <summary>Large bodies that are coming in: however slowly, their files are not garbage.</summary>
    private readonly ConcurrentDictionary<string, bool> growing = new(StringComparer.Ordinal);
    private readonly SegmentAppender appender = new(folder);
    private readonly SegmentHandles handles = new(folder);

    bool ISegmentArchive.IsWrittenWhole => false;

    int ISegmentArchive.AtOnce => 2;

    public BodyWriter Create(Guid bodyId, MessageKey key) => new RecordWriter(this, bodyId, key);

    public ValueTask<BodyReader> OpenAsync(Guid bodyId, string location, MessageKey key, CancellationToken cancellationToken)
    {
        var place = SegmentLocation.Parse(location);
        return RecordReader.OpenAsync(new SegmentRecord(handles.Take(place.Segment), place), bodyId, key, cancellationToken);
    }

    async ValueTask<string> IRecordPlaces.AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken) =>
        (await appender.AppendAsync(record, cancellationToken).ConfigureAwait(false)).ToString();

    ValueTask<OwnRecord> IRecordPlaces.BeginOwnAsync(Guid bodyId, CancellationToken cancellationToken) =>
        ValueTask.FromResult<OwnRecord>(new OwnSegment(folder, growing, bodyId));

    public IAsyncEnumerable<BodySegment> ListClosedSegmentsAsync(CancellationToken cancellationToken) =>
        SegmentFiles.Names(folder).Where(name => name != appender.Current && !growing.ContainsKey(name)).Select(Describe).ToAsyncEnumerable();

    public ValueTask<IReadOnlyList<StoredBody>> ListBodiesAsync(string segment, CancellationToken cancellationToken)
    {
        var bodies = new List<StoredBody>();
        using var file = handles.Take(segment);
        var length = RandomAccess.GetLength(file.Handle);
        Span<byte> header = stackalloc byte[RecordLayout.HeaderOctets];
        for (long offset = 0; offset < length;)
        {
            var count = RandomAccess.Read(file.Handle, header, offset);
            if (!RecordLayout.TryReadHeader(header[..count], out var bodyId, out var recordLength, out var size)
                || recordLength > length - offset)
                break;
            bodies.Add(new StoredBody(bodyId, new SegmentLocation(segment, offset, recordLength).ToString(), size));
            offset += recordLength;
        }

        return ValueTask.FromResult<IReadOnlyList<StoredBody>>(bodies);
    }

    public async ValueTask<StoredBody> CopyAsync(StoredBody body, CancellationToken cancellationToken)
    {
        var from = SegmentLocation.Parse(body.Location);
        var record = new byte[from.Length];
        await ReadAsync(from.Segment, from.Offset, record, cancellationToken).ConfigureAwait(false);
        var to = await appender.AppendAsync(record, cancellationToken).ConfigureAwait(false);
        return body with { Location = to.ToString() };
    }

    public ValueTask DeleteSegmentAsync(string segment, CancellationToken cancellationToken)
    {
        if (!SegmentLocation.IsName(segment))
            throw new ArgumentException("Not the name of a segment", nameof(segment));
        handles.Forget(segment);
        File.Delete(SegmentFiles.PathOf(folder, segment));
        return ValueTask.CompletedTask;
    }

    public ValueTask<long?> LengthAsync(string segment, CancellationToken cancellationToken)
    {
        var file = new FileInfo(SegmentFiles.PathOf(folder, segment));
        return ValueTask.FromResult<long?>(file.Exists ? file.Length : null);
    }

    public async ValueTask ReadAsync(string segment, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        using var file = handles.Take(segment);
        while (destination.Length > 0)
        {
            var count = await RandomAccess.ReadAsync(file.Handle, destination, offset, cancellationToken).ConfigureAwait(false);
            destination = count > 0 ? destination[count..] : throw new BodyMissingException(segment);
            offset += count;
        }
    }

    public async ValueTask WriteAsync(string segment, long length, Stream content, CancellationToken cancellationToken)
    {
        var path = SegmentFiles.PathOf(folder, segment);
        await using (var file = new FileStream(path + ".part", SegmentFiles.Written(FileMode.Create)))
        {
            await content.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".part", path, overwrite: true);
        DurableFolder.Sync(folder);
    }

    public async ValueTask<StoredBody> AppendAsync(Guid bodyId, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        var size = RecordLayout.RequireBody(record.Span, bodyId);
        var place = await appender.AppendAsync(record, cancellationToken).ConfigureAwait(false);
        return new StoredBody(bodyId, place.ToString(), size);
    }

    public async ValueTask DisposeAsync()
    {
        await appender.DisposeAsync().ConfigureAwait(false);
        handles.Dispose();
    }

    private BodySegment Describe(string name)
    {
        var file = new FileInfo(SegmentFiles.PathOf(folder, name));
        return new BodySegment(name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc));
    }
}

using System.Buffers;
using System.Buffers.Binary;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Persistence.Bodies;

/// <summary>
/// Compresses, encrypts and stores one body frame by frame. Up to 1 MB of record it stays in memory and shares a segment and
/// its write; a larger one goes to a place of its own as it comes, whose header is written last: without it there is no body.
/// </summary>
internal sealed class RecordWriter : BodyWriter
{
    private const int SharedRecordOctetsMax = 1024 * 1024;

    private readonly IRecordPlaces places;
    private readonly Guid bodyId;
    private readonly MessageKey key;
    private readonly RecordBuffer record = new(8 * 1024);
    private readonly List<uint> index = [];
    private byte[]? frame;
    private int frameLength;
    private long size;
    private OwnRecord? own;

    public RecordWriter(IRecordPlaces places, Guid bodyId, MessageKey key)
    {
        (this.places, this.bodyId, this.key) = (places, bodyId, key);
        record.Reserve(RecordLayout.HeaderOctets).Clear();
        record.Advance(RecordLayout.HeaderOctets);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        frame ??= ArrayPool<byte>.Shared.Rent(RecordLayout.FrameOctets);
        while (data.Length > 0)
        {
            // A full frame is sealed only when more comes: the last one must know that it is.
            if (frameLength == RecordLayout.FrameOctets)
                await SealFrameAsync(isLast: false, cancellationToken).ConfigureAwait(false);
            var taken = Math.Min(data.Length, RecordLayout.FrameOctets - frameLength);
            data[..taken].CopyTo(frame.AsMemory(frameLength));
            frameLength += taken;
            size += taken;
            data = data[taken..];
        }
    }

    public override async ValueTask<StoredBody> CompleteAsync(CancellationToken cancellationToken)
    {
        await SealFrameAsync(isLast: true, cancellationToken).ConfigureAwait(false);
        AppendIndex();
        var location = own is null
            ? await CompleteSharedAsync(cancellationToken).ConfigureAwait(false)
            : await CompleteOwnAsync(own, cancellationToken).ConfigureAwait(false);
        return new StoredBody(bodyId, location, size);
    }

    public override ValueTask DisposeAsync()
    {
        if (frame is not null)
        {
            ArrayPool<byte>.Shared.Return(frame, clearArray: true);
            frame = null;
        }

        record.Dispose();
        return own?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private async ValueTask SealFrameAsync(bool isLast, CancellationToken cancellationToken)
    {
        AppendFrame(frame.AsSpan(0, frameLength), isLast);
        frameLength = 0;
        if (own is null && record.Length > SharedRecordOctetsMax)
        {
            own = await places.BeginOwnAsync(bodyId, cancellationToken).ConfigureAwait(false);
            // The place of the header stays zero until everything else is durable.
            record.From(0)[..RecordLayout.HeaderOctets].Clear();
        }

        if (own is not null)
            await FlushOwnAsync(own, cancellationToken).ConfigureAwait(false);
    }

    private void AppendFrame(ReadOnlySpan<byte> plain, bool isLast)
    {
        var compressed = ArrayPool<byte>.Shared.Rent(Compression.Bound(plain.Length));
        try
        {
            var compressedLength = Compression.Compress(plain, compressed);
            var isCompressed = compressedLength < plain.Length;
            var stored = isCompressed ? compressed.AsSpan(0, compressedLength) : plain;
            Span<byte> context = stackalloc byte[RecordLayout.ContextOctets];
            RecordLayout.WriteContext(context, bodyId, (ulong)index.Count, isLast, isCompressed);
            var length = stored.Length + RecordLayout.TagOctets;
            key.SealFrame((ulong)index.Count, stored, record.Reserve(length)[..length], context);
            record.Advance(length);
            index.Add((uint)length | (isCompressed ? RecordLayout.CompressedBit : 0));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed, clearArray: true);
        }
    }

    private void AppendIndex()
    {
        var octets = record.Reserve((index.Count + 1) * sizeof(uint));
        for (var i = 0; i < index.Count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(octets[(i * sizeof(uint))..], index[i]);
        BinaryPrimitives.WriteInt32LittleEndian(octets[(index.Count * sizeof(uint))..], index.Count);
        record.Advance((index.Count + 1) * sizeof(uint));
    }

    private ValueTask<string> CompleteSharedAsync(CancellationToken cancellationToken)
    {
        RecordLayout.WriteHeader(record.From(0), bodyId, record.Length, size);
        return places.AppendAsync(record.Written, cancellationToken);
    }

    private async ValueTask<string> CompleteOwnAsync(OwnRecord place, CancellationToken cancellationToken)
    {
        await FlushOwnAsync(place, cancellationToken).ConfigureAwait(false);
        var header = new byte[RecordLayout.HeaderOctets];
        RecordLayout.WriteHeader(header, bodyId, place.Length, size);
        return await place.CompleteAsync(header, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask FlushOwnAsync(OwnRecord place, CancellationToken cancellationToken)
    {
        await place.WriteAsync(record.Written, cancellationToken).ConfigureAwait(false);
        record.Clear();
    }
}

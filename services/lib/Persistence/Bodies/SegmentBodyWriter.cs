using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using Mailstead.Persistence.Encryption;
using Microsoft.Win32.SafeHandles;

namespace Mailstead.Persistence.Bodies;

/// <summary>
/// Compresses, encrypts and stores one body frame by frame. Up to 1 MB of record it stays in memory and shares a segment and
/// its sync; a larger one goes to a file of its own as it comes, whose header is written last: without it there is no body.
/// </summary>
internal sealed class SegmentBodyWriter : BodyWriter
{
    private const int SharedRecordOctetsMax = 1024 * 1024;

    private readonly string folder;
    private readonly SegmentAppender appender;
    private readonly ConcurrentDictionary<string, bool> growing;
    private readonly Guid bodyId;
    private readonly MessageKey key;
    private readonly RecordBuffer record = new(8 * 1024);
    private readonly List<uint> index = [];
    private byte[]? frame;
    private int frameLength;
    private long size;
    private SafeFileHandle? ownFile;
    private long ownLength;
    private bool isComplete;

    /// <param name="growing">Names the file of its own for as long as it is written, if it comes to one.</param>
    public SegmentBodyWriter(
        string folder, SegmentAppender appender, ConcurrentDictionary<string, bool> growing, Guid bodyId, MessageKey key)
    {
        (this.folder, this.appender, this.growing, this.bodyId, this.key) = (folder, appender, growing, bodyId, key);
        record.Reserve(RecordLayout.HeaderOctets).Clear();
        record.Advance(RecordLayout.HeaderOctets);
    }

    private string OwnName => "x" + bodyId.ToString("N");

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
        var location = ownFile is null
            ? await CompleteSharedAsync(cancellationToken).ConfigureAwait(false)
            : await CompleteOwnAsync(ownFile, cancellationToken).ConfigureAwait(false);
        isComplete = true;
        return new StoredBody(bodyId, location.ToString(), size);
    }

    public override ValueTask DisposeAsync()
    {
        if (frame is not null)
        {
            ArrayPool<byte>.Shared.Return(frame, clearArray: true);
            frame = null;
        }

        record.Dispose();
        if (ownFile is not null)
        {
            ownFile.Dispose();
            if (!isComplete)
                File.Delete(SegmentFiles.PathOf(folder, OwnName));
        }

        growing.TryRemove(OwnName, out _);

        return ValueTask.CompletedTask;
    }

    private async ValueTask SealFrameAsync(bool isLast, CancellationToken cancellationToken)
    {
        AppendFrame(frame.AsSpan(0, frameLength), isLast);
        frameLength = 0;
        if (ownFile is null && record.Length > SharedRecordOctetsMax)
        {
            growing[OwnName] = true;
            ownFile = SegmentFiles.Create(folder, OwnName);
            // The place of the header stays zero until everything else is durable.
            record.From(0)[..RecordLayout.HeaderOctets].Clear();
        }

        if (ownFile is not null)
            await FlushOwnAsync(ownFile, cancellationToken).ConfigureAwait(false);
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

    private ValueTask<SegmentLocation> CompleteSharedAsync(CancellationToken cancellationToken)
    {
        RecordLayout.WriteHeader(record.From(0), bodyId, record.Length, size);
        return appender.AppendAsync(record.Written, cancellationToken);
    }

    private async ValueTask<SegmentLocation> CompleteOwnAsync(SafeFileHandle file, CancellationToken cancellationToken)
    {
        await FlushOwnAsync(file, cancellationToken).ConfigureAwait(false);
        RandomAccess.FlushToDisk(file);
        var header = new byte[RecordLayout.HeaderOctets];
        RecordLayout.WriteHeader(header, bodyId, ownLength, size);
        await RandomAccess.WriteAsync(file, header, 0, cancellationToken).ConfigureAwait(false);
        RandomAccess.FlushToDisk(file);
        return new SegmentLocation(OwnName, 0, ownLength);
    }

    private async ValueTask FlushOwnAsync(SafeFileHandle file, CancellationToken cancellationToken)
    {
        await RandomAccess.WriteAsync(file, record.Written, ownLength, cancellationToken).ConfigureAwait(false);
        ownLength += record.Length;
        record.Clear();
    }
}

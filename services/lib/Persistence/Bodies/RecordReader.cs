using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Persistence.Bodies;

/// <summary>Reads a body from anywhere: only the frames that are asked for are read and decrypted, the last one is kept.</summary>
internal sealed class RecordReader : BodyReader
{
    /// <summary>A record this small is read with one call and kept while the reader lives.</summary>
    private const int WholeRecordOctetsMax = 160 * 1024;

    private readonly RecordSource source;
    private readonly Guid bodyId;
    private readonly MessageKey key;
    private byte[]? record;
    private long[] offsets = [];
    private uint[] index = [];
    private byte[]? frame;
    private int frameLength;
    private int frameNumber = -1;
    private long size;

    private RecordReader(RecordSource source, Guid bodyId, MessageKey key) =>
        (this.source, this.bodyId, this.key) = (source, bodyId, key);

    public override long Size => size;

    /// <summary>Takes over the source: it is disposed with the reader, or when opening fails.</summary>
    public static async ValueTask<BodyReader> OpenAsync(RecordSource source, Guid bodyId, MessageKey key, CancellationToken cancellationToken)
    {
        var reader = new RecordReader(source, bodyId, key);
        try
        {
            await reader.ReadLayoutAsync(cancellationToken).ConfigureAwait(false);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (offset < 0 || offset >= size || buffer.Length == 0)
            return 0;
        cancellationToken.ThrowIfCancellationRequested();
        await LoadFrameAsync((int)(offset / RecordLayout.FrameOctets), cancellationToken).ConfigureAwait(false);
        var within = (int)(offset % RecordLayout.FrameOctets);
        var count = Math.Min(buffer.Length, frameLength - within);
        frame.AsSpan(within, count).CopyTo(buffer.Span);
        return count;
    }

    public override void Dispose()
    {
        Return(ref frame, clear: true);
        Return(ref record, clear: false);
        source.Dispose();
    }

    private static void Return(ref byte[]? rented, bool clear)
    {
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented, clear);
        rented = null;
    }

    private async ValueTask ReadLayoutAsync(CancellationToken cancellationToken)
    {
        var header = new byte[RecordLayout.HeaderOctets];
        if (source.Length <= WholeRecordOctetsMax)
        {
            record = ArrayPool<byte>.Shared.Rent((int)source.Length);
            await source.FillAsync(record.AsMemory(0, (int)source.Length), 0, cancellationToken).ConfigureAwait(false);
        }

        await ReadAsync(header, 0, cancellationToken).ConfigureAwait(false);
        if (!RecordLayout.TryReadHeader(header, out var found, out var length, out size) || found != bodyId || length != source.Length)
            throw new BodyMissingException(source.ToString()!);
        await ReadIndexAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ReadIndexAsync(CancellationToken cancellationToken)
    {
        var count = new byte[sizeof(int)];
        await ReadAsync(count, source.Length - sizeof(int), cancellationToken).ConfigureAwait(false);
        var frames = BinaryPrimitives.ReadInt32LittleEndian(count);
        var expected = Math.Max(1, (size + RecordLayout.FrameOctets - 1) / RecordLayout.FrameOctets);
        if (frames != expected)
            throw new CryptographicException("A stored message body contradicts itself");
        var octets = new byte[frames * sizeof(uint)];
        await ReadAsync(octets, source.Length - sizeof(int) - octets.Length, cancellationToken).ConfigureAwait(false);
        index = new uint[frames];
        offsets = new long[frames];
        long offset = RecordLayout.HeaderOctets;
        for (var i = 0; i < frames; i++)
        {
            index[i] = BinaryPrimitives.ReadUInt32LittleEndian(octets.AsSpan(i * sizeof(uint)));
            offsets[i] = offset;
            offset += index[i] & ~RecordLayout.CompressedBit;
        }

        if (offset != source.Length - sizeof(int) - octets.Length)
            throw new CryptographicException("A stored message body contradicts itself");
    }

    private async ValueTask LoadFrameAsync(int number, CancellationToken cancellationToken)
    {
        if (number == frameNumber)
            return;
        var stored = (int)(index[number] & ~RecordLayout.CompressedBit);
        if (stored < RecordLayout.TagOctets || stored > RecordLayout.FrameOctets + RecordLayout.TagOctets)
            throw new CryptographicException("A stored message body contradicts itself");
        frame ??= ArrayPool<byte>.Shared.Rent((int)Math.Min(RecordLayout.FrameOctets, Math.Max(1, size)));
        frameNumber = -1;
        var sealedFrame = ArrayPool<byte>.Shared.Rent(stored);
        try
        {
            await ReadAsync(sealedFrame.AsMemory(0, stored), offsets[number], cancellationToken).ConfigureAwait(false);
            OpenFrame(number, sealedFrame.AsSpan(0, stored));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sealedFrame);
        }
    }

    private void OpenFrame(int number, ReadOnlySpan<byte> sealedFrame)
    {
        var isCompressed = (index[number] & RecordLayout.CompressedBit) != 0;
        var plainLength = (int)Math.Min(RecordLayout.FrameOctets, size - ((long)number * RecordLayout.FrameOctets));
        var openedLength = sealedFrame.Length - RecordLayout.TagOctets;
        var opened = ArrayPool<byte>.Shared.Rent(sealedFrame.Length);
        try
        {
            Span<byte> context = stackalloc byte[RecordLayout.ContextOctets];
            RecordLayout.WriteContext(context, bodyId, (ulong)number, number == index.Length - 1, isCompressed);
            key.OpenFrame((ulong)number, sealedFrame, opened.AsSpan(0, openedLength), context);
            frameLength = Expand(opened.AsSpan(0, openedLength), isCompressed, plainLength);
            if (frameLength != plainLength)
                throw new CryptographicException("A stored message body has a frame of the wrong size");
            frameNumber = number;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(opened, clearArray: true);
        }
    }

    private int Expand(ReadOnlySpan<byte> opened, bool isCompressed, int plainLength)
    {
        if (isCompressed)
            return Compression.Decompress(opened, frame.AsSpan(0, plainLength));
        if (opened.Length != plainLength)
            return opened.Length;
        opened.CopyTo(frame);
        return opened.Length;
    }

    private ValueTask ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (offset < 0 || offset + destination.Length > source.Length)
            throw new CryptographicException("A stored message body contradicts itself");
        if (record is null)
            return source.FillAsync(destination, offset, cancellationToken);
        record.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
        return ValueTask.CompletedTask;
    }
}

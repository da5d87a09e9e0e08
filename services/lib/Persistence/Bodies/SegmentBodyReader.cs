using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Mailstead.Persistence.Encryption;
using Microsoft.Win32.SafeHandles;

namespace Mailstead.Persistence.Bodies;

/// <summary>Reads a body from anywhere: only the frames that are asked for are read and decrypted, the last one is kept.</summary>
internal sealed class SegmentBodyReader : BodyReader
{
    /// <summary>A record this small is read with one call and kept while the reader lives.</summary>
    private const int WholeRecordOctetsMax = 160 * 1024;

    private readonly SegmentHandles.Lease file;
    private readonly SegmentLocation location;
    private readonly Guid bodyId;
    private readonly MessageKey key;
    private byte[]? record;
    private long[] offsets = [];
    private uint[] index = [];
    private byte[]? frame;
    private int frameLength;
    private int frameNumber = -1;
    private long size;

    private SegmentBodyReader(SegmentHandles.Lease file, SegmentLocation location, Guid bodyId, MessageKey key) =>
        (this.file, this.location, this.bodyId, this.key) = (file, location, bodyId, key);

    public override long Size => size;

    public static SegmentBodyReader Open(SegmentHandles.Lease file, SegmentLocation location, Guid bodyId, MessageKey key)
    {
        var reader = new SegmentBodyReader(file, location, bodyId, key);
        try
        {
            reader.ReadLayout();
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (offset < 0 || offset >= size || buffer.Length == 0)
            return ValueTask.FromResult(0);
        cancellationToken.ThrowIfCancellationRequested();
        LoadFrame((int)(offset / RecordLayout.FrameOctets));
        var within = (int)(offset % RecordLayout.FrameOctets);
        var count = Math.Min(buffer.Length, frameLength - within);
        frame.AsSpan(within, count).CopyTo(buffer.Span);
        return ValueTask.FromResult(count);
    }

    public override void Dispose()
    {
        Return(ref frame, clear: true);
        Return(ref record, clear: false);
        file.Dispose();
    }

    private static void Return(ref byte[]? rented, bool clear)
    {
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented, clear);
        rented = null;
    }

    private void ReadLayout()
    {
        Span<byte> header = stackalloc byte[RecordLayout.HeaderOctets];
        if (location.Length <= WholeRecordOctetsMax)
        {
            record = ArrayPool<byte>.Shared.Rent((int)location.Length);
            Fill(record.AsSpan(0, (int)location.Length), 0);
            record.AsSpan(0, RecordLayout.HeaderOctets).CopyTo(header);
        }
        else
        {
            Fill(header, 0);
        }

        if (!RecordLayout.TryReadHeader(header, out var found, out var length, out size) || found != bodyId || length != location.Length)
            throw new BodyMissingException(location.ToString());
        ReadIndex();
    }

    private void ReadIndex()
    {
        Span<byte> count = stackalloc byte[sizeof(int)];
        Read(count, location.Length - sizeof(int));
        var frames = BinaryPrimitives.ReadInt32LittleEndian(count);
        var expected = Math.Max(1, (size + RecordLayout.FrameOctets - 1) / RecordLayout.FrameOctets);
        if (frames != expected)
            throw new CryptographicException("A stored message body contradicts itself");
        var octets = new byte[frames * sizeof(uint)];
        Read(octets, location.Length - sizeof(int) - octets.Length);
        index = new uint[frames];
        offsets = new long[frames];
        long offset = RecordLayout.HeaderOctets;
        for (var i = 0; i < frames; i++)
        {
            index[i] = BinaryPrimitives.ReadUInt32LittleEndian(octets.AsSpan(i * sizeof(uint)));
            offsets[i] = offset;
            offset += index[i] & ~RecordLayout.CompressedBit;
        }

        if (offset != location.Length - sizeof(int) - octets.Length)
            throw new CryptographicException("A stored message body contradicts itself");
    }

    private void LoadFrame(int number)
    {
        if (number == frameNumber)
            return;
        var stored = (int)(index[number] & ~RecordLayout.CompressedBit);
        var isCompressed = (index[number] & RecordLayout.CompressedBit) != 0;
        var plainLength = (int)Math.Min(RecordLayout.FrameOctets, size - ((long)number * RecordLayout.FrameOctets));
        if (stored < RecordLayout.TagOctets || stored > RecordLayout.FrameOctets + RecordLayout.TagOctets)
            throw new CryptographicException("A stored message body contradicts itself");
        frame ??= ArrayPool<byte>.Shared.Rent((int)Math.Min(RecordLayout.FrameOctets, Math.Max(1, size)));
        frameNumber = -1;
        var sealedFrame = ArrayPool<byte>.Shared.Rent(stored);
        var opened = ArrayPool<byte>.Shared.Rent(stored);
        try
        {
            Read(sealedFrame.AsSpan(0, stored), offsets[number]);
            Span<byte> context = stackalloc byte[RecordLayout.ContextOctets];
            RecordLayout.WriteContext(context, bodyId, (ulong)number, number == index.Length - 1, isCompressed);
            var openedLength = stored - RecordLayout.TagOctets;
            key.OpenFrame((ulong)number, sealedFrame.AsSpan(0, stored), opened.AsSpan(0, openedLength), context);
            frameLength = Expand(opened.AsSpan(0, openedLength), isCompressed, plainLength);
            if (frameLength != plainLength)
                throw new CryptographicException("A stored message body has a frame of the wrong size");
            frameNumber = number;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sealedFrame);
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

    private void Read(Span<byte> destination, long offset)
    {
        if (record is not null && offset >= 0 && offset + destination.Length <= location.Length)
            record.AsSpan((int)offset, destination.Length).CopyTo(destination);
        else
            Fill(destination, offset);
    }

    private void Fill(Span<byte> destination, long offset)
    {
        while (destination.Length > 0)
        {
            var count = RandomAccess.Read(file.Handle, destination, location.Offset + offset);
            if (count == 0)
                throw new BodyMissingException(location.ToString());
            destination = destination[count..];
            offset += count;
        }
    }
}

using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace Mailstead.Persistence.Bodies;

/// <summary>
/// A body's record: header, frames, index.
/// <code>
/// header  magic(4) crc32 of the rest of the header(4) body id(16) record length(8) content size(8)
/// frames  for each 64 KB of content: ciphertext | tag(16)
/// index   for each frame: stored length(4), top bit set when compressed; then the number of frames(4)
/// </code>
/// Integers are little-endian. Header and index are hints that frames prove: each is authenticated with the body's id, its
/// number, whether it is the last and whether it is compressed.
/// </summary>
internal static class RecordLayout
{
    public const int HeaderOctets = 40;
    public const int FrameOctets = 64 * 1024;
    public const int TagOctets = 16;
    public const int ContextOctets = 26;
    public const uint CompressedBit = 0x8000_0000;

    private const uint Magic = 0x3142_534D;

    public static void WriteHeader(Span<byte> header, Guid bodyId, long recordLength, long contentSize)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        bodyId.TryWriteBytes(header[8..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], recordLength);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], contentSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Crc32.HashToUInt32(header[8..HeaderOctets]));
    }

    /// <summary>False: no record begins here (the torn end of a segment, or a file that was never finished).</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out Guid bodyId, out long recordLength, out long contentSize)
    {
        (bodyId, recordLength, contentSize) = (Guid.Empty, 0, 0);
        if (header.Length < HeaderOctets
            || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != Crc32.HashToUInt32(header[8..HeaderOctets]))
            return false;
        bodyId = new Guid(header[8..24], bigEndian: true);
        recordLength = BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
        contentSize = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        return recordLength >= HeaderOctets && contentSize >= 0;
    }

    /// <summary>The content's size, when a whole record of this body begins here and nothing follows.</summary>
    /// <exception cref="CryptographicException">It is none.</exception>
    public static long RequireBody(ReadOnlySpan<byte> record, Guid bodyId) =>
        TryReadHeader(record[..Math.Min(HeaderOctets, record.Length)], out var found, out var length, out var size)
        && found == bodyId && length == record.Length
            ? size
            : throw new CryptographicException("A stored message body is another one, or incomplete");

    /// <summary>What a frame is authenticated with.</summary>
    public static void WriteContext(Span<byte> context, Guid bodyId, ulong frame, bool isLast, bool isCompressed)
    {
        bodyId.TryWriteBytes(context, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(context[16..], frame);
        context[24] = isLast ? (byte)1 : (byte)0;
        context[25] = isCompressed ? (byte)1 : (byte)0;
    }
}

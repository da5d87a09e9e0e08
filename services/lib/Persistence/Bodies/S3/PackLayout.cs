using System.Buffers.Binary;
using System.IO.Hashing;

namespace Mailstead.Persistence.Bodies.S3;

/// <summary>
/// The end of a pack, which tells what is in it, so that one read of its end lists its bodies.
/// <code>
/// records, one behind the other
/// index   for each record: body id(16) offset(8) length(8) content size(8)
/// end     number of records(4) crc32 of index and number(4) magic(4)
/// </code>
/// Integers are little-endian.
/// </summary>
internal static class PackLayout
{
    public const int RecordsMax = 128;
    public const int EndOctets = 12;
    private const int EntryOctets = 40;
    private const uint Magic = 0x3150_534D;

    public const int IndexOctetsMax = (RecordsMax * EntryOctets) + EndOctets;

    public static int IndexOctets(int records) => (records * EntryOctets) + EndOctets;

    /// <summary>Writes the index of <paramref name="records"/>, which begin with their headers, behind each other from 0.</summary>
    public static void WriteIndex(Span<byte> destination, IReadOnlyList<ReadOnlyMemory<byte>> records)
    {
        long offset = 0;
        for (var i = 0; i < records.Count; i++)
        {
            var entry = destination[(i * EntryOctets)..];
            RecordLayout.TryReadHeader(records[i].Span, out var bodyId, out _, out var size);
            bodyId.TryWriteBytes(entry, bigEndian: true, out _);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], offset);
            BinaryPrimitives.WriteInt64LittleEndian(entry[24..], records[i].Length);
            BinaryPrimitives.WriteInt64LittleEndian(entry[32..], size);
            offset += records[i].Length;
        }

        var end = destination[(records.Count * EntryOctets)..];
        BinaryPrimitives.WriteInt32LittleEndian(end, records.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[4..], Crc32.HashToUInt32(destination[..((records.Count * EntryOctets) + 4)]));
        BinaryPrimitives.WriteUInt32LittleEndian(end[8..], Magic);
    }

    /// <summary>The bodies that the end of a pack tells of; none when it is no pack's end.</summary>
    public static IReadOnlyList<StoredBody> ReadIndex(string pack, ReadOnlySpan<byte> packEnd)
    {
        if (packEnd.Length < EndOctets || BinaryPrimitives.ReadUInt32LittleEndian(packEnd[^4..]) != Magic)
            return [];
        var count = BinaryPrimitives.ReadInt32LittleEndian(packEnd[^EndOctets..]);
        if (count is < 1 or > RecordsMax || packEnd.Length < IndexOctets(count))
            return [];
        var index = packEnd[^IndexOctets(count)..];
        if (BinaryPrimitives.ReadUInt32LittleEndian(packEnd[^8..]) != Crc32.HashToUInt32(index[..((count * EntryOctets) + 4)]))
            return [];
        var bodies = new List<StoredBody>(count);
        for (var i = 0; i < count; i++)
        {
            var entry = index[(i * EntryOctets)..];
            var location = new SegmentLocation(
                pack, BinaryPrimitives.ReadInt64LittleEndian(entry[16..]), BinaryPrimitives.ReadInt64LittleEndian(entry[24..]));
            bodies.Add(new StoredBody(new Guid(entry[..16], bigEndian: true), location.ToString(), BinaryPrimitives.ReadInt64LittleEndian(entry[32..])));
        }

        return bodies;
    }
}

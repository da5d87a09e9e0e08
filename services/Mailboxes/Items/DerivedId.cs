using System.Security.Cryptography;

namespace Mailstead.Mailboxes.Items;

/// <summary>Ids of items that something else determines, so that doing it twice finds what was done.</summary>
internal static class DerivedId
{
    /// <summary>The same for the same two; sorts by the time of <paramref name="origin"/> like every id.</summary>
    public static Guid Of(Guid origin, ReadOnlySpan<byte> place)
    {
        Span<byte> both = stackalloc byte[16 + place.Length];
        origin.TryWriteBytes(both, bigEndian: true, out _);
        place.CopyTo(both[16..]);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(both, hash);
        both[..6].CopyTo(hash);
        hash[6] = (byte)(0x70 | (hash[6] & 0x0F));
        hash[8] = (byte)(0x80 | (hash[8] & 0x3F));
        return new Guid(hash[..16], bigEndian: true);
    }
}

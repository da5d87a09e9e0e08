using System.Buffers.Binary;
using System.Text;

namespace Mailstead.Mailboxes.Properties;

/// <summary>
/// A bag in octets.
/// <code>
/// bag       version(1) = 1, number of properties (varint), the properties in the order of their names
/// property  kind(1), name, type(2), length of the value (varint), value
/// name      kind 0: tag(2);  kind 1: set, lid(4);  kind 2: set, length (varint), UTF-8
/// set       number of a known set(1), or 255 and its 16 octets
/// </code>
/// Integers are little-endian. Each bag has one form; what is not that form, or is larger than limits allow, is no bag.
/// </summary>
internal static class PropertyBagFormat
{
    private const byte Version = 1;
    private const byte TagKind = 0;
    private const byte LidKind = 1;
    private const byte NameKind = 2;
    private const byte OtherSet = 255;

    public static byte[] Write(PropertyBag bag)
    {
        var output = new MemoryStream();
        output.WriteByte(Version);
        Varint.Write(output, (uint)bag.Count);
        foreach (var (key, value) in bag.All)
        {
            WriteKey(output, key);
            WriteInt16(output, (ushort)value.Type);
            Varint.Write(output, (uint)value.Octets.Length);
            output.Write(value.Octets.Span);
        }

        return output.ToArray();
    }

    /// <summary>Null: that is no bag.</summary>
    public static PropertyBag? Read(ReadOnlyMemory<byte> octets)
    {
        if (octets.Length is 0 or > PropertyLimits.BagOctetsMax || octets.Span[0] != Version)
            return null;
        var input = octets.Span[1..];
        if (!Varint.TryRead(ref input, out var count) || count > PropertyLimits.CountMax)
            return null;
        var bag = new PropertyBag();
        PropertyKey? former = null;
        for (var i = 0; i < count; i++)
        {
            if (!TryReadKey(ref input, out var key) || former?.CompareTo(key) >= 0
                || !TryReadInt16(ref input, out var type) || !Varint.TryRead(ref input, out var length) || length > input.Length)
                return null;
            var value = PropertyValue.Find((PropertyType)type, octets.Slice(octets.Length - input.Length, (int)length));
            if (value is null)
                return null;
            input = input[(int)length..];
            bag.Set(key, value);
            former = key;
        }

        return input.Length == 0 ? bag : null;
    }

    private static void WriteKey(MemoryStream output, PropertyKey key)
    {
        if (key.Tag != 0)
        {
            output.WriteByte(TagKind);
            WriteInt16(output, key.Tag);
            return;
        }

        output.WriteByte(key.Name is null ? LidKind : NameKind);
        WriteSet(output, key.Set);
        if (key.Name is null)
        {
            Span<byte> lid = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(lid, key.Lid);
            output.Write(lid);
            return;
        }

        var name = Encoding.UTF8.GetBytes(key.Name);
        Varint.Write(output, (uint)name.Length);
        output.Write(name);
    }

    private static void WriteSet(MemoryStream output, Guid set)
    {
        for (var number = 0; number < PropertySets.Numbered.Count; number++)
        {
            if (PropertySets.Numbered[number] == set)
            {
                output.WriteByte((byte)number);
                return;
            }
        }

        output.WriteByte(OtherSet);
        output.Write(set.ToByteArray(bigEndian: true));
    }

    private static bool TryReadKey(ref ReadOnlySpan<byte> input, out PropertyKey key)
    {
        key = default;
        if (input.Length == 0)
            return false;
        var kind = input[0];
        input = input[1..];
        switch (kind)
        {
            case TagKind:
                if (!TryReadInt16(ref input, out var tag) || !PropertyKey.IsTag(tag))
                    return false;
                key = PropertyKey.OfTag(tag);
                return true;
            case LidKind:
                if (!TryReadSet(ref input, out var lidSet) || input.Length < sizeof(uint))
                    return false;
                key = PropertyKey.OfLid(lidSet, BinaryPrimitives.ReadUInt32LittleEndian(input));
                input = input[sizeof(uint)..];
                return true;
            case NameKind:
                return TryReadSet(ref input, out var nameSet) && TryReadName(ref input, nameSet, out key);
            default:
                return false;
        }
    }

    private static bool TryReadSet(ref ReadOnlySpan<byte> input, out Guid set)
    {
        set = Guid.Empty;
        if (input.Length == 0)
            return false;
        var number = input[0];
        if (number < PropertySets.Numbered.Count)
        {
            set = PropertySets.Numbered[number];
            input = input[1..];
            return true;
        }

        if (number != OtherSet || input.Length < 17)
            return false;
        set = new Guid(input[1..17], bigEndian: true);
        input = input[17..];
        return !PropertySets.Numbered.Contains(set);
    }

    private static bool TryReadName(ref ReadOnlySpan<byte> input, Guid set, out PropertyKey key)
    {
        key = default;
        if (!Varint.TryRead(ref input, out var length) || length > input.Length || length > PropertyLimits.NameMax * 3
            || !System.Text.Unicode.Utf8.IsValid(input[..(int)length]))
            return false;
        var name = Encoding.UTF8.GetString(input[..(int)length]);
        input = input[(int)length..];
        if (!PropertyKey.IsName(name))
            return false;
        key = PropertyKey.OfName(set, name);
        return key.Name == name;
    }

    private static void WriteInt16(MemoryStream output, ushort value)
    {
        output.WriteByte((byte)value);
        output.WriteByte((byte)(value >> 8));
    }

    private static bool TryReadInt16(ref ReadOnlySpan<byte> input, out ushort value)
    {
        value = 0;
        if (input.Length < sizeof(ushort))
            return false;
        value = BinaryPrimitives.ReadUInt16LittleEndian(input);
        input = input[sizeof(ushort)..];
        return true;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Mailstead.Mailboxes.Properties;

/// <summary>
/// A value with its type, in the octets in which it is stored and sent: numbers little-endian, times as FILETIMEs, strings in UTF-8;
/// multi-valued strings and binaries each behind its length, other multi-valued types as arrays. Whatever exists is well-formed.
/// </summary>
internal sealed class PropertyValue : IEquatable<PropertyValue>
{
    private const ushort MultipleBit = 0x1000;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private PropertyValue(PropertyType type, ReadOnlyMemory<byte> octets) => (Type, Octets) = (type, octets);

    public PropertyType Type { get; }

    public ReadOnlyMemory<byte> Octets { get; }

    /// <summary>Null: the octets are no value of this type. They belong to the value from now on.</summary>
    public static PropertyValue? Find(PropertyType type, ReadOnlyMemory<byte> octets) =>
        octets.Length <= PropertyLimits.ValueOctetsMax && IsWellFormed(type, octets.Span) ? new PropertyValue(type, octets) : null;

    public static PropertyValue Of(int value)
    {
        var octets = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(octets, value);
        return new PropertyValue(PropertyType.Integer32, octets);
    }

    public static PropertyValue Of(bool value) => new(PropertyType.Boolean, new[] { value ? (byte)1 : (byte)0 });

    public static PropertyValue Of(byte[] value) => new(PropertyType.Binary, value);

    /// <summary>Cut off where it is longer than a value may be; NUL ends a string in every protocol that has properties.</summary>
    public static PropertyValue Of(string value)
    {
        var end = value.IndexOf('\0', StringComparison.Ordinal);
        var text = end < 0 ? value : value[..end];
        var octets = Encoding.UTF8.GetBytes(text.Length <= PropertyLimits.ValueOctetsMax / 3 ? text : text[..(PropertyLimits.ValueOctetsMax / 3)]);
        return new PropertyValue(PropertyType.String, octets);
    }

    public static PropertyValue Of(DateTimeOffset value)
    {
        var octets = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(octets, Math.Max(0, value.UtcTicks - DateTime.FromFileTimeUtc(0).Ticks));
        return new PropertyValue(PropertyType.Time, octets);
    }

    public static PropertyValue Of(IReadOnlyCollection<string> values)
    {
        var octets = new MemoryStream();
        foreach (var value in values)
        {
            var text = Encoding.UTF8.GetBytes(value.Replace("\0", "", StringComparison.Ordinal));
            Varint.Write(octets, (uint)text.Length);
            octets.Write(text);
        }

        return Find(PropertyType.MultipleString, octets.ToArray()) ?? new PropertyValue(PropertyType.MultipleString, ReadOnlyMemory<byte>.Empty);
    }

    public string? AsText() => Type == PropertyType.String ? Encoding.UTF8.GetString(Octets.Span) : null;

    public int? AsInt32() => Type == PropertyType.Integer32 ? BinaryPrimitives.ReadInt32LittleEndian(Octets.Span) : null;

    public bool Equals(PropertyValue? other) => other is not null && Type == other.Type && Octets.Span.SequenceEqual(other.Octets.Span);

    public override bool Equals(object? obj) => Equals(obj as PropertyValue);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Type);
        hash.AddBytes(Octets.Span);
        return hash.ToHashCode();
    }

    private static bool IsWellFormed(PropertyType type, ReadOnlySpan<byte> octets)
    {
        if (!Enum.IsDefined(type))
            return false;
        var isMultiple = ((ushort)type & MultipleBit) != 0;
        var single = (PropertyType)((ushort)type & ~MultipleBit);
        if (FixedLength(single) is { } length)
            return isMultiple ? octets.Length % length == 0 && AllWellFormed(single, octets, length) : octets.Length == length && IsOne(single, octets);
        return isMultiple ? AreWellFormed(single, octets) : IsOne(single, octets);
    }

    private static int? FixedLength(PropertyType type) => type switch
    {
        PropertyType.Boolean => 1,
        PropertyType.Integer16 => 2,
        PropertyType.Integer32 or PropertyType.Floating32 or PropertyType.ErrorCode => 4,
        PropertyType.Integer64 or PropertyType.Floating64 or PropertyType.Currency or PropertyType.FloatingTime or PropertyType.Time => 8,
        PropertyType.Guid => 16,
        _ => null,
    };

    private static bool IsOne(PropertyType type, ReadOnlySpan<byte> octets) => type switch
    {
        PropertyType.Boolean => octets[0] <= 1,
        PropertyType.Time => BinaryPrimitives.ReadInt64LittleEndian(octets) >= 0,
        PropertyType.String => IsText(octets),
        _ => true,
    };

    private static bool AllWellFormed(PropertyType type, ReadOnlySpan<byte> octets, int length)
    {
        for (; octets.Length > 0; octets = octets[length..])
        {
            if (!IsOne(type, octets[..length]))
                return false;
        }

        return true;
    }

    private static bool AreWellFormed(PropertyType type, ReadOnlySpan<byte> octets)
    {
        while (octets.Length > 0)
        {
            if (!Varint.TryRead(ref octets, out var length) || length > octets.Length || !IsOne(type, octets[..(int)length]))
                return false;
            octets = octets[(int)length..];
        }

        return true;
    }

    private static bool IsText(ReadOnlySpan<byte> octets)
    {
        if (octets.Contains((byte)0))
            return false;
        return System.Text.Unicode.Utf8.IsValid(octets) && StrictUtf8.GetCharCount(octets) >= 0;
    }
}

using Google.Protobuf;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Mailboxes.Properties;

/// <summary>Properties as the contract writes them.</summary>
internal static class PropertyNames
{
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: that names no property.</exception>
    public static PropertyKey Read(PropertyName? name)
    {
        if (name is null)
            throw Refused.Invalid("A property has a name");
        if (name.Tag != 0)
        {
            return PropertyKey.IsTag(name.Tag) && name.Set.IsEmpty
                ? PropertyKey.OfTag((ushort)name.Tag)
                : throw Refused.Invalid("A tag's property id is 0x0001 to 0x7FFF and has no set; others are named");
        }

        if (name.Set.Length != 16)
            throw Refused.Invalid("A named property has a set of 16 octets");
        var set = new Guid(name.Set.Span, bigEndian: true);
        return name.NameCase switch
        {
            PropertyName.NameOneofCase.Lid => PropertyKey.OfLid(set, name.Lid),
            PropertyName.NameOneofCase.Text when PropertyKey.IsName(name.Text) => PropertyKey.OfName(set, name.Text),
            _ => throw Refused.Invalid($"A named property has a lid, or a text of 1 to {PropertyLimits.NameMax} characters"),
        };
    }

    public static PropertyName Write(PropertyKey key)
    {
        if (key.Tag != 0)
            return new PropertyName { Tag = key.Tag };
        var name = new PropertyName { Set = ByteString.CopyFrom(key.Set.ToByteArray(bigEndian: true)) };
        if (key.Name is null)
            name.Lid = key.Lid;
        else
            name.Text = key.Name;
        return name;
    }

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: the octets are no value of that type, or the known type is another.</exception>
    public static (PropertyKey Key, PropertyValue Value) Read(Property property)
    {
        var key = Read(property.Name);
        var known = PropertyRegistry.Find(key);
        if (known is { IsComputed: true })
            throw Refused.Invalid($"{known.Name} is told by the message, its flags or its place: it can't be set");
        if (known is not null && (uint)known.Type != property.Type)
            throw Refused.Invalid($"{known.Name} has type 0x{(ushort)known.Type:X4}");
        var type = property.Type <= ushort.MaxValue ? (PropertyType)property.Type : 0;
        return PropertyValue.Find(type, property.Value.ToByteArray()) is { } value
            ? (key, value)
            : throw Refused.Invalid(
                $"The value of {known?.Name ?? key.ToString()} is no value of type 0x{property.Type:X4}, or longer than {PropertyLimits.ValueOctetsMax} octets");
    }

    public static Property Write(PropertyKey key, PropertyValue value) => new()
    {
        Name = Write(key),
        Type = (uint)value.Type,
        Value = UnsafeByteOperations.UnsafeWrap(value.Octets),
    };
}

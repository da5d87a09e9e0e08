namespace Mailstead.Mailboxes.Properties;

/// <summary>What a property is called: a tag's id, or a number or text within a property set. Ordered, so that a bag has one form.</summary>
internal readonly record struct PropertyKey : IComparable<PropertyKey>
{
    /// <summary>Ids from here on stand for names, in each mailbox for other ones: a name is what is stored.</summary>
    private const ushort FirstNamedId = 0x8000;

    private PropertyKey(ushort tag, Guid set, uint lid, string? name) => (Tag, Set, Lid, Name) = (tag, set, lid, name);

    /// <summary>0: it is named.</summary>
    public ushort Tag { get; }

    public Guid Set { get; }

    public uint Lid { get; }

    public string? Name { get; }

    /// <exception cref="ArgumentOutOfRangeException">No id of a tag.</exception>
    public static PropertyKey OfTag(ushort id) =>
        IsTag(id) ? new(id, Guid.Empty, 0, null) : throw new ArgumentOutOfRangeException(nameof(id));

    public static PropertyKey OfLid(Guid set, uint lid) => new(0, set, lid, null);

    /// <exception cref="ArgumentException">No name of a property.</exception>
    public static PropertyKey OfName(Guid set, string name) =>
        IsName(name) ? new(0, set, 0, Normal(set, name)) : throw new ArgumentException("Not the name of a property", nameof(name));

    public static bool IsTag(uint id) => id is > 0 and < FirstNamedId;

    public static bool IsName(string name) => name.Length is > 0 and <= PropertyLimits.NameMax && !name.Contains('\0');

    public int CompareTo(PropertyKey other)
    {
        var byTag = Tag.CompareTo(other.Tag);
        if (byTag != 0)
            return byTag;
        var bySet = Set.CompareTo(other.Set);
        if (bySet != 0)
            return bySet;
        var byLid = Lid.CompareTo(other.Lid);
        return byLid != 0 ? byLid : string.CompareOrdinal(Name, other.Name);
    }

    public override string ToString() =>
        Tag != 0 ? $"0x{Tag:X4}" : Name is not null ? $"{Set:B}/{Name}" : $"{Set:B}/0x{Lid:X4}";

    /// <summary>Names of header fields are the same in any case.</summary>
    private static string Normal(Guid set, string name) => set == PropertySets.InternetHeaders ? name.ToLowerInvariant() : name;
}

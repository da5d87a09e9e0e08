using System.Collections.Frozen;

namespace Mailstead.Mailboxes.Properties;

/// <summary>
/// What every protocol calls a property, in one place: EWS field URIs, ActiveSync elements and fields of RFC 5322, iCalendar and vCard
/// lead to the same property, so that what one client wrote another one reads.
/// </summary>
internal static class PropertyRegistry
{
    public static readonly IReadOnlyList<KnownProperty> All =
        [.. MessageProperties.All, .. CalendarProperties.All, .. ContactProperties.All, .. TaskProperties.All];

    private static readonly FrozenDictionary<PropertyKey, KnownProperty> ByKey = All.ToFrozenDictionary(property => property.Key);

    private static readonly FrozenDictionary<string, KnownProperty> ByName =
        All.ToFrozenDictionary(property => property.Name, StringComparer.Ordinal);

    private static readonly ILookup<string, KnownProperty> ByEwsFieldUri =
        All.Where(property => property.EwsFieldUri is not null).ToLookup(property => property.EwsFieldUri ?? "", StringComparer.Ordinal);

    private static readonly ILookup<string, KnownProperty> ByEasElement =
        All.Where(property => property.EasElement is not null).ToLookup(property => property.EasElement ?? "", StringComparer.Ordinal);

    private static readonly ILookup<string, KnownProperty> ByInternetField =
        All.Where(property => property.InternetField is not null).ToLookup(property => property.InternetField ?? "", StringComparer.OrdinalIgnoreCase);

    /// <summary>Null: nobody's but the client's that made it; it is kept all the same.</summary>
    public static KnownProperty? Find(PropertyKey key) => ByKey.GetValueOrDefault(key);

    public static KnownProperty? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Some fields are made of several properties, such as a name and an address.</summary>
    public static IEnumerable<KnownProperty> OfEwsFieldUri(string uri) => ByEwsFieldUri[uri];

    public static IEnumerable<KnownProperty> OfEasElement(string element) => ByEasElement[element];

    public static IEnumerable<KnownProperty> OfInternetField(string field) => ByInternetField[field];
}

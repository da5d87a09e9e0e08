namespace Mailstead.Mailboxes.Properties;

/// <summary>A property that protocols know, and what each of them calls it.</summary>
/// <param name="Name">Canonical, as in MS-OXPROPS.</param>
/// <param name="EwsFieldUri">FieldURI of Exchange Web Services; an indexed one as <c>uri#index</c>.</param>
/// <param name="EasElement">Code page and element of ActiveSync.</param>
/// <param name="InternetField">RFC 5322 field, iCalendar (RFC 5545) or vCard (RFC 6350) property.</param>
/// <param name="IsComputed">Told by the message, its flags or its row: it can't be set.</param>
internal sealed record KnownProperty(
    string Name, PropertyKey Key, PropertyType Type, string? EwsFieldUri = null, string? EasElement = null, string? InternetField = null,
    bool IsComputed = false);

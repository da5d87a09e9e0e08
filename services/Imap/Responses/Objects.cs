namespace Mailstead.Imap.Responses;

/// <summary>Object identifiers (RFC 8474 §4): letters, digits, - and _.</summary>
internal static class Objects
{
    public static string IdOf(string uuid) => uuid.Replace("-", "", StringComparison.Ordinal);

    public static string IdOf(ReadOnlySpan<byte> uuid) => Convert.ToHexStringLower(uuid);
}

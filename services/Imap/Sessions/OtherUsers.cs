namespace Mailstead.Imap.Sessions;

/// <summary>
/// Where mailboxes of others appear that a user has full access to (RFC 2342, "Other Users' Namespace"): below one name, each under the
/// primary address of its owner.
/// </summary>
internal static class OtherUsers
{
    public const string Root = "Other Users";
    public const string Prefix = Root + "/";

    /// <summary><c>Other Users/address/</c>. A slash in an address separates nothing.</summary>
    public static string PrefixOf(string address) =>
        $"{Prefix}{address.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal)}/";

    public static bool Contains(string path) => path == Root || path.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether a LIST pattern, as far as it is literal, can match anything there.</summary>
    public static bool MayMatch(string pattern)
    {
        var wild = pattern.AsSpan().IndexOfAny('*', '%');
        var literal = wild < 0 ? pattern : pattern[..wild];
        return literal.StartsWith(Prefix, StringComparison.Ordinal) || Prefix.StartsWith(literal, StringComparison.Ordinal);
    }
}

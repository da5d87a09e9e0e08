namespace Mailstead.Protocols.Smtp.Server;

/// <summary>
/// Whether content begins with a header field (RFC 5322 §2.2). What does not must not come right behind the fields that we put
/// before it: a continuation line would become part of ours, and any other would end the header in the wrong place.
/// </summary>
public static class FirstField
{
    /// <summary>A name longer than a line is none: RFC 5322 §2.1.1.</summary>
    public const int NameOctetsMax = 998;

    /// <summary>True also for an empty line, which ends an empty header. Null: more has to come before it can be told.</summary>
    public static bool? IsAtStart(ReadOnlySpan<byte> content)
    {
        if (content.StartsWith("\r"u8))
            return true;
        var end = content.IndexOfAnyExceptInRange((byte)'!', (byte)'~');
        var colon = content.IndexOf((byte)':');
        if (colon >= 0 && (end < 0 || colon < end))
            return colon > 0;
        // Obsolete syntax has blanks before the colon.
        if (end > 0 && content[end] is (byte)' ' or (byte)'\t')
        {
            var next = content[end..].IndexOfAnyExcept((byte)' ', (byte)'\t');
            return next < 0 ? Unknown(content) : content[end + next] == ':';
        }

        return end >= 0 ? false : Unknown(content);
    }

    private static bool? Unknown(ReadOnlySpan<byte> content) => content.Length > NameOctetsMax ? false : null;
}

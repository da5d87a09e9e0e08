namespace Mailstead.Protocols.Imap;

/// <summary>What a client may send.</summary>
public static class ImapLimits
{
    public const int LineOctetsMax = 64 * 1024;
    public const int LiteralOctetsMax = 64 * 1024;
    public const int CommandOctetsMax = 1024 * 1024;
    public const long MessageOctetsMax = 40L * 1024 * 1024;
    /// <summary>An unasked-for literal that is refused is read over up to this; beyond, the connection ends (RFC 7888 §4).</summary>
    public const long SkippedOctetsMax = 2 * MessageOctetsMax;
    public const int SearchLevelsMax = 50;
    public const int ErrorsMax = 20;
    public const int RangesMax = 10_000;
}

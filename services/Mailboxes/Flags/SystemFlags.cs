namespace Mailstead.Mailboxes.Flags;

/// <summary>The bits of an item's flags: system flags below, keywords from bit 8 up.</summary>
internal static class SystemFlags
{
    public const ulong Seen = 1;
    public const ulong Flagged = 1 << 2;
    public const ulong Deleted = 1 << 3;
    public const ulong Draft = 1 << 4;
    public const ulong All = 0x1F;
    public const int FirstKeywordBit = 8;
}

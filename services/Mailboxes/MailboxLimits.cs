namespace Mailstead.Mailboxes;

/// <summary>What a mailbox may grow to.</summary>
internal static class MailboxLimits
{
    public const long MessageOctetsMax = 40L * 1024 * 1024;
    public const int FoldersMax = 10_000;
    public const int FolderDepthMax = 32;
    public const int FolderNameMax = 255;
    public const int KeywordsMax = 56;
    public const int KeywordMax = 255;
    public const int PrologueOctetsMax = 8 * 1024;

    /// <summary>Items changed in one transaction: others get their turn between.</summary>
    public const int ItemsPerUnit = 2000;
}

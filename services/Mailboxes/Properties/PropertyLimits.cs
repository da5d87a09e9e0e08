namespace Mailstead.Mailboxes.Properties;

/// <summary>What the properties of one item may grow to. Longer texts and files are bodies and attachments.</summary>
internal static class PropertyLimits
{
    public const int CountMax = 2000;
    public const int NameMax = 255;
    public const int ValueOctetsMax = 512 * 1024;
    public const int BagOctetsMax = 1024 * 1024;

    /// <summary>Items read in one call.</summary>
    public const int ItemsMax = 50;
}

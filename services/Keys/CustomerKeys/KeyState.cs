namespace Mailstead.Keys.CustomerKeys;

/// <summary>States of a customer master key, as stored.</summary>
internal static class KeyState
{
    public const string Enabled = "ENABLED";
    public const string Disabled = "DISABLED";
    public const string PendingDeletion = "PENDING_DELETION";

    /// <summary>Its material is gone, and with it all that it protected; the row tells organizations why.</summary>
    public const string Deleted = "DELETED";

    /// <summary>The only spec that data keys may be wrapped with.</summary>
    public const string Symmetric = "SYMMETRIC_DEFAULT";
}

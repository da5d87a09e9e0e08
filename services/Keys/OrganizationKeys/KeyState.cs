namespace Mailstead.Keys.OrganizationKeys;

/// <summary>States of a customer master key, as stored and as KMS names them.</summary>
internal static class KeyState
{
    public const string Enabled = "ENABLED";
    public const string PendingDeletion = "PENDING_DELETION";

    /// <summary>The only spec that data keys may be wrapped with.</summary>
    public const string Symmetric = "SYMMETRIC_DEFAULT";
}

namespace Mailstead.Keys;

/// <summary>Settings of the key service.</summary>
internal sealed class KeysOptions
{
    /// <summary>
    /// The root key of the local provider, 32 octets in base64, from an environment variable or a secret. Empty: it is kept in
    /// <c>keys/root.key</c> of the data directory and made at the first start.
    /// </summary>
    public string RootKey { get; set; } = "";
}

using Mailstead.Keys.Providers;

namespace Mailstead.Keys;

/// <summary>Settings of the key service.</summary>
internal sealed class KeysOptions
{
    /// <summary>
    /// The root key of the local provider, 32 octets in base64, from an environment variable or a secret. Empty: it is kept in
    /// <c>keys/root.key</c> of the data directory and made at the first start.
    /// </summary>
    public string RootKey { get; set; } = "";

    /// <summary>
    /// Where the material of new customer master keys lives: <c>local</c>, under the root key; <c>aws-kms</c>, in AWS KMS or whatever speaks its API;
    /// <c>vault</c>, in the transit engine of Vault or OpenBao; <c>pkcs11</c>, in a security module. Keys that are there stay where they are.
    /// </summary>
    public string Provider { get; set; } = LocalKeyProvider.ProviderName;

    /// <summary>Address of the AWS KMS API. Empty: that of AWS in the region.</summary>
    public string AwsKmsEndpoint { get; set; } = "";

    /// <summary>The region of the keys there.</summary>
    public string AwsKmsRegion { get; set; } = "us-east-1";

    /// <summary>The access key to sign with. Empty: as the AWS SDK finds one (environment, web identity, instance).</summary>
    public string AwsKmsAccessKeyId { get; set; } = "";

    /// <summary>The secret that belongs to it.</summary>
    public string AwsKmsSecretAccessKey { get; set; } = "";

    /// <summary>Address of Vault or OpenBao, such as <c>https://vault.example.net:8200</c>.</summary>
    public string VaultAddress { get; set; } = "";

    /// <summary>Where its transit engine is mounted.</summary>
    public string VaultMount { get; set; } = "transit";

    /// <summary>The namespace to work in. Empty: the one of the token.</summary>
    public string VaultNamespace { get; set; } = "";

    /// <summary>A token that does not end, or is renewed elsewhere. Empty: the one in the file.</summary>
    public string VaultToken { get; set; } = "";

    /// <summary>A file with the token, read at each use, as Vault Agent keeps one.</summary>
    public string VaultTokenFile { get; set; } = "";

    /// <summary>The PKCS #11 library of the security module, a shared object that this system can load.</summary>
    public string Pkcs11Library { get; set; } = "";

    /// <summary>The label of the token in it.</summary>
    public string Pkcs11TokenLabel { get; set; } = "";

    /// <summary>The user PIN of the token.</summary>
    public string Pkcs11Pin { get; set; } = "";
}

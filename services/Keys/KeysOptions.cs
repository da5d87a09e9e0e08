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
    /// Where the material of new customer master keys lives: <c>local</c>, under the root key, or <c>aws-kms</c>, in AWS KMS or whatever speaks its
    /// API. Keys that are there stay where they are.
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
}

using Mailstead.Keys.Providers;
using Microsoft.Extensions.Options;

namespace Mailstead.Keys;

/// <summary>Refuses a root key that is no key, without ever repeating it.</summary>
internal sealed class KeysOptionsValidator : IValidateOptions<KeysOptions>
{
    public ValidateOptionsResult Validate(string? name, KeysOptions options)
    {
        var wrong = Find(options).ToList();
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> Find(KeysOptions options)
    {
        var octets = new byte[96];
        if (options.RootKey.Length > 0 && !(Convert.TryFromBase64String(options.RootKey, octets, out var length) && length == RootKey.Length))
            yield return "Keys:RootKey must be 32 octets in base64 (44 characters); its value is not shown here";
        if (options.Provider is not (LocalKeyProvider.ProviderName or AwsKmsProvider.ProviderName))
            yield return $"Keys:Provider is '{options.Provider}'; it wants {LocalKeyProvider.ProviderName} or {AwsKmsProvider.ProviderName}";
        if (options.AwsKmsEndpoint.Length > 0 && !(Uri.TryCreate(options.AwsKmsEndpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            yield return $"Keys:AwsKmsEndpoint is '{options.AwsKmsEndpoint}'; it wants an address such as https://kms.example.net";
        if (options.AwsKmsRegion.Length == 0)
            yield return "Keys:AwsKmsRegion must not be empty";
        if ((options.AwsKmsAccessKeyId.Length == 0) != (options.AwsKmsSecretAccessKey.Length == 0))
            yield return "Keys:AwsKmsAccessKeyId and Keys:AwsKmsSecretAccessKey belong together: set both or neither";
    }
}

using Mailstead.Keys.Providers;
using Microsoft.Extensions.Options;

namespace Mailstead.Keys;

/// <summary>Refuses a root key that is no key, without ever repeating it.</summary>
internal sealed class KeysOptionsValidator : IValidateOptions<KeysOptions>
{
    private static readonly string[] Providers =
        [LocalKeyProvider.ProviderName, AwsKmsProvider.ProviderName, VaultProvider.ProviderName, Pkcs11Provider.ProviderName];

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
        if (!Providers.Contains(options.Provider))
            yield return $"Keys:Provider is '{options.Provider}'; it wants one of {string.Join(", ", Providers)}";
        if (options.AwsKmsEndpoint.Length > 0 && !IsAddress(options.AwsKmsEndpoint))
            yield return $"Keys:AwsKmsEndpoint is '{options.AwsKmsEndpoint}'; it wants an address such as https://kms.example.net";
        if (options.AwsKmsRegion.Length == 0)
            yield return "Keys:AwsKmsRegion must not be empty";
        if ((options.AwsKmsAccessKeyId.Length == 0) != (options.AwsKmsSecretAccessKey.Length == 0))
            yield return "Keys:AwsKmsAccessKeyId and Keys:AwsKmsSecretAccessKey belong together: set both or neither";
        foreach (var other in FindVault(options).Concat(FindPkcs11(options)))
            yield return other;
    }

    private static IEnumerable<string> FindVault(KeysOptions options)
    {
        if (options.VaultAddress.Length > 0 ? !IsAddress(options.VaultAddress) : options.Provider == VaultProvider.ProviderName)
            yield return $"Keys:VaultAddress is '{options.VaultAddress}'; it wants an address such as https://vault.example.net:8200";
        if (options.VaultMount.Length == 0 || options.VaultMount.StartsWith('/') || options.VaultMount.EndsWith('/'))
            yield return $"Keys:VaultMount is '{options.VaultMount}'; it wants a path such as transit, without a slash around it";
        if (options.VaultToken.Length > 0 && options.VaultTokenFile.Length > 0)
            yield return "Keys:VaultToken and Keys:VaultTokenFile are both set: set one";
        if (options.Provider == VaultProvider.ProviderName && options.VaultToken.Length == 0 && options.VaultTokenFile.Length == 0)
            yield return "Keys:VaultToken or Keys:VaultTokenFile must be set for keys in Vault";
    }

    private static IEnumerable<string> FindPkcs11(KeysOptions options)
    {
        if (options.Pkcs11Library.Length > 0 && !Path.IsPathRooted(options.Pkcs11Library))
            yield return $"Keys:Pkcs11Library is '{options.Pkcs11Library}'; it wants the whole path of a shared object";
        if (options.Provider != Pkcs11Provider.ProviderName)
            yield break;
        if (!File.Exists(options.Pkcs11Library))
            yield return $"Keys:Pkcs11Library is '{options.Pkcs11Library}'; there is no such file";
        if (options.Pkcs11TokenLabel.Length == 0 || options.Pkcs11Pin.Length == 0)
            yield return "Keys:Pkcs11TokenLabel and Keys:Pkcs11Pin must be set for keys in a security module";
    }

    private static bool IsAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Host.Length > 0;
}

using Microsoft.Extensions.Options;

namespace Mailstead.Keys;

/// <summary>Refuses a root key that is no key, without ever repeating it.</summary>
internal sealed class KeysOptionsValidator : IValidateOptions<KeysOptions>
{
    public ValidateOptionsResult Validate(string? name, KeysOptions options)
    {
        if (options.RootKey.Length == 0)
            return ValidateOptionsResult.Success;

        Span<byte> octets = stackalloc byte[96];
        return Convert.TryFromBase64String(options.RootKey, octets, out var length) && length == 32
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Keys:RootKey must be 32 octets in base64 (44 characters); its value is not shown here");
    }
}

using Microsoft.Extensions.Options;

namespace Mailstead.Hosting.Tls;

/// <summary>
/// Section <c>Tls</c>: the certificate that clients see on the mail ports and on HTTPS. Without it, the data directory's is used,
/// see <see cref="CertificateFiles"/>.
/// </summary>
internal sealed class TlsOptions
{
    /// <summary>PEM file: the certificate and the chain behind it. Read again when it has changed.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>PEM file: the certificate's private key, not encrypted.</summary>
    public string PrivateKey { get; set; } = "";
}

/// <summary>Both files or neither, and files that are there.</summary>
internal sealed class TlsOptionsValidator : IValidateOptions<TlsOptions>
{
    public ValidateOptionsResult Validate(string? name, TlsOptions options)
    {
        if (options.Certificate.Length == 0 && options.PrivateKey.Length == 0)
            return ValidateOptionsResult.Success;
        (string Key, string Path)[] files = [("Tls:Certificate", options.Certificate), ("Tls:PrivateKey", options.PrivateKey)];
        var missing = files.Where(file => !File.Exists(file.Path)).ToList();
        return missing.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(missing.Select(file => $"{file.Key} is '{file.Path}'; allowed: a PEM file that this process can read"));
    }
}

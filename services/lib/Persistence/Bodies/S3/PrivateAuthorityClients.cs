using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Amazon.Runtime;
using Microsoft.Extensions.Options;

namespace Mailstead.Persistence.Bodies.S3;

/// <summary>HTTP clients that trust the operator's own authorities, and no others.</summary>
internal sealed class PrivateAuthorityClients(string file) : HttpClientFactory
{
    /// <exception cref="OptionsValidationException">There is no such file.</exception>
    public static PrivateAuthorityClients Of(S3Options options) => File.Exists(options.Authorities)
        ? new PrivateAuthorityClients(options.Authorities)
        : throw new OptionsValidationException(
            "Bodies:S3", typeof(S3Options), [$"Bodies:S3:Authorities is '{options.Authorities}'; allowed: a PEM file"]);

    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
        });
    }

    /// <summary>All clients of the process that are configured alike share their connections.</summary>
    public override string GetConfigUniqueString(IClientConfig clientConfig) => file;
}

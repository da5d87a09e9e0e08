using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Tls;

/// <summary>The certificate that every listener of the process shows to clients, with its chain, as its files have it now.</summary>
internal sealed class ServerCertificate
{
    private readonly FreshFiles<SslStreamCertificateContext> files;

    public ServerCertificate(InstallationOptions installation, TlsOptions options, TimeProvider clock, ILogger<ServerCertificate> logger)
    {
        try
        {
            var (certificate, key) = options.Certificate.Length > 0
                ? (options.Certificate, options.PrivateKey)
                : CertificateFiles.Ensure(installation.Folder("tls"), installation.Hostname, clock);
            files = new([certificate, key], () => Load(certificate, key), clock, logger);
            _ = files.Current; // What can't be used stops the start, not the first client.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            var place = options.Certificate.Length > 0
                ? $"Tls:Certificate is '{options.Certificate}' and Tls:PrivateKey is '{options.PrivateKey}'"
                : $"The certificates are in '{Path.Combine(installation.DataDirectory, "tls")}'";
            throw new StartRefusedException($"{place}; allowed: PEM files of certificates and the keys that belong to them: {failure.Message}", failure);
        }
    }

    public SslStreamCertificateContext Context => files.Current;

    private static SslStreamCertificateContext Load(string certificatePath, string keyPath)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificatePath);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificatePath, keyPath), chain, offline: true);
    }
}

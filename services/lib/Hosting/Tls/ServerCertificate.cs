using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Mailstead.Hosting.Tls;

/// <summary>The certificate that every listener of the process shows, with its chain.</summary>
public sealed class ServerCertificate
{
    public ServerCertificate(InstallationOptions installation, TimeProvider clock)
    {
        var folder = installation.Folder("tls");
        var certificate = CertificateFiles.LoadOrCreate(folder, installation.Hostname, clock);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(Path.Combine(folder, "server.pem"));
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    public SslStreamCertificateContext Context { get; }
}

using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Mailstead.Hosting.Tls;

/// <summary>
/// The certificates under <c>DATA/tls</c>: <c>ca.pem</c>, <c>server.pem</c>, each with its key. What is missing is made: a
/// certificate authority of the installation, and a server certificate that it signs. An operator's own server.pem and
/// server.key are used as they are.
/// </summary>
internal static class CertificateFiles
{
    private const string AuthorityName = "Mailstead installation CA";
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    /// <summary>Where the server's certificate and its key are, now that they are there.</summary>
    public static (string Certificate, string PrivateKey) Ensure(string folder, string hostname, TimeProvider clock)
    {
        var server = Path.Combine(folder, "server.pem");
        var authority = CertificateAuthority.LoadOrCreate(folder, AuthorityName, clock);
        if (authority is not null && NeedsServerCertificate(server, hostname, authority, clock))
            authority.Issue(folder, "server", hostname, [hostname, "localhost"], [IPAddress.Loopback, IPAddress.IPv6Loopback]);
        return (server, Path.Combine(folder, "server.key"));
    }

    private static bool NeedsServerCertificate(string path, string hostname, CertificateAuthority authority, TimeProvider clock)
    {
        if (!File.Exists(path))
            return true;
        using var current = X509CertificateLoader.LoadCertificateFromFile(path);
        var isOurs = current.Issuer == authority.Subject;
        var isOld = current.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime < RenewBefore;
        return isOurs && (isOld || !current.MatchesHostname(hostname));
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mailstead.Hosting.Tls;

/// <summary>
/// The certificates under <c>DATA/tls</c>: <c>ca.pem</c>, <c>server.pem</c>, each with its key. What is missing is made: a
/// certificate authority of the installation, and a server certificate that it signs. An operator's own server.pem and
/// server.key are used as they are.
/// </summary>
internal static class CertificateFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);
    private static readonly TimeSpan ServerLife = TimeSpan.FromDays(397);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    public static X509Certificate2 LoadOrCreate(string folder, string hostname, TimeProvider clock)
    {
        var server = Path.Combine(folder, "server.pem");
        var authority = LoadOrCreateAuthority(folder, clock);
        if (authority is not null && NeedsServerCertificate(server, clock))
            CreateServer(folder, hostname, authority, clock);
        return X509Certificate2.CreateFromPemFile(server, Path.Combine(folder, "server.key"));
    }

    private static bool NeedsServerCertificate(string path, TimeProvider clock)
    {
        if (!File.Exists(path))
            return true;
        using var current = X509CertificateLoader.LoadCertificateFromFile(path);
        var isOurs = current.Issuer == AuthorityName.Name;
        return isOurs && current.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime < RenewBefore;
    }

    private static readonly X500DistinguishedName AuthorityName = new("CN=Mailstead installation CA");

    private static X509Certificate2? LoadOrCreateAuthority(string folder, TimeProvider clock)
    {
        var certificatePath = Path.Combine(folder, "ca.pem");
        var keyPath = Path.Combine(folder, "ca.key");
        if (File.Exists(certificatePath))
            return File.Exists(keyPath) ? X509Certificate2.CreateFromPemFile(certificatePath, keyPath) : null;

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(AuthorityName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = clock.GetUtcNow();
        var authority = request.CreateSelfSigned(now.AddHours(-1), now + AuthorityLife);
        Write(keyPath, key.ExportPkcs8PrivateKeyPem());
        Write(certificatePath, authority.ExportCertificatePem());
        return authority;
    }

    private static void CreateServer(string folder, string hostname, X509Certificate2 authority, TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={hostname}"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in new[] { hostname, "localhost" }.Distinct(StringComparer.OrdinalIgnoreCase))
            names.AddDnsName(name);
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        names.AddIpAddress(System.Net.IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var now = clock.GetUtcNow();
        var end = now + ServerLife < authority.NotAfter ? now + ServerLife : new DateTimeOffset(authority.NotAfter);
        using var certificate = request.Create(authority, now.AddHours(-1), end, RandomNumberGenerator.GetBytes(16));
        Write(Path.Combine(folder, "server.key"), key.ExportPkcs8PrivateKeyPem());
        Write(Path.Combine(folder, "server.pem"), certificate.ExportCertificatePem() + "\n" + authority.ExportCertificatePem());
    }

    /// <summary>Whole or not at all: a kill while writing leaves no half file under the name.</summary>
    private static void Write(string path, string pem)
    {
        var temporary = path + ".new";
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(pem + "\n"));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}

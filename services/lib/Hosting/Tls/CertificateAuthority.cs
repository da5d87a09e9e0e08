using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mailstead.Hosting.Tls;

/// <summary>
/// A certificate authority of the installation's own, in a folder: <c>ca.pem</c> and <c>ca.key</c>. Keys are ECDSA P-256.
/// </summary>
public sealed class CertificateAuthority
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(3650);
    private static readonly TimeSpan IssuedLife = TimeSpan.FromDays(397);
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2 certificate;
    private readonly TimeProvider clock;

    private CertificateAuthority(X509Certificate2 certificate, TimeProvider clock) => (this.certificate, this.clock) = (certificate, clock);

    public string Subject => certificate.Subject;

    /// <summary>The folder's authority, made when there is none; null when its certificate is there without its key.</summary>
    public static CertificateAuthority? LoadOrCreate(string folder, string name, TimeProvider clock)
    {
        var certificatePath = Path.Combine(folder, "ca.pem");
        var keyPath = Path.Combine(folder, "ca.key");
        if (!File.Exists(certificatePath))
            return new CertificateAuthority(Create(certificatePath, keyPath, new X500DistinguishedName("CN=" + name), clock), clock);
        return File.Exists(keyPath) ? new CertificateAuthority(X509Certificate2.CreateFromPemFile(certificatePath, keyPath), clock) : null;
    }

    /// <summary>
    /// Writes <c>{name}.pem</c> (with this authority behind it) and <c>{name}.key</c> for a server that may also be a client,
    /// valid for 397 days or as long as the authority.
    /// </summary>
    public void Issue(string folder, string name, string subject, IEnumerable<string> dnsNames, IEnumerable<IPAddress> addresses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName("CN=" + subject), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var dnsName in dnsNames.Distinct(StringComparer.OrdinalIgnoreCase))
            names.AddDnsName(dnsName);
        foreach (var address in addresses)
            names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication, ClientAuthentication], false));
        var now = clock.GetUtcNow();
        var end = now + IssuedLife < certificate.NotAfter ? now + IssuedLife : new DateTimeOffset(certificate.NotAfter);
        using var issued = request.Create(certificate, now.AddHours(-1), end, RandomNumberGenerator.GetBytes(16));
        Write(Path.Combine(folder, name + ".key"), key.ExportPkcs8PrivateKeyPem());
        Write(Path.Combine(folder, name + ".pem"), issued.ExportCertificatePem() + "\n" + certificate.ExportCertificatePem());
    }

    private static X509Certificate2 Create(string certificatePath, string keyPath, X500DistinguishedName name, TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = clock.GetUtcNow();
        var authority = request.CreateSelfSigned(now.AddHours(-1), now + Life);
        Write(keyPath, key.ExportPkcs8PrivateKeyPem());
        Write(certificatePath, authority.ExportCertificatePem());
        return authority;
    }

    /// <summary>Whole or not at all: a kill while writing leaves no half file under the name.</summary>
    private static void Write(string path, string pem)
    {
        var temporary = path + ".new";
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(pem + "\n"));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}

using System.Security.Cryptography.X509Certificates;
using Mailstead.Hosting.Grpc.Remote;
using Mailstead.Hosting.Tls;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mailstead.Unit.Hosting;

/// <summary>What a certificate says is believed for a while, and no longer than its authority is.</summary>
public sealed class PeerCertificateTests : IDisposable
{
    /// <summary>Longer than files go unread, shorter than a judgement holds.</summary>
    private static readonly TimeSpan FilesAreReadAgain = TimeSpan.FromSeconds(11);

    private readonly string folder = Directory.CreateTempSubdirectory("peers-").FullName;
    private readonly FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_connection_that_was_trusted_is_not_when_its_authority_is_no_longer()
    {
        var (peers, shown) = (Open(), Issue(Authority("ours"), "imap"));
        Assert.Equal(["imap"], peers.RolesOf(shown));
        Assert.Equal(["imap"], peers.RolesOf(shown));

        Trust(Authority("another"));
        clock.Advance(FilesAreReadAgain);

        Assert.Empty(peers.RolesOf(shown));
        Trust(Authority("ours"));
        clock.Advance(FilesAreReadAgain);
        Assert.Equal(["imap"], peers.RolesOf(shown));
    }

    [Fact]
    public void A_connection_outlives_its_certificate_by_a_minute_at_most()
    {
        var (peers, shown) = (Open(), Issue(Authority("ours"), "ingress"));
        clock.Advance(shown.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime - TimeSpan.FromSeconds(1));
        Assert.Equal(["ingress"], peers.RolesOf(shown));

        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Empty(peers.RolesOf(shown));
    }

    [Fact]
    public void A_strangers_certificate_and_none_have_no_role()
    {
        var peers = Open();

        Assert.Empty(peers.RolesOf(Issue(Authority("another"), "admin")));
        Assert.Empty(peers.RolesOf(null));
    }

    private PeerCertificate Open()
    {
        Issue(Authority("ours"), "own");
        Trust(Authority("ours"));
        return new PeerCertificate(
            new ServicesOptions
            {
                Certificate = Path.Combine(folder, "own.pem"),
                PrivateKey = Path.Combine(folder, "own.key"),
                Authorities = Path.Combine(folder, "trusted.pem"),
            },
            clock, NullLogger<PeerCertificate>.Instance);
    }

    private CertificateAuthority Authority(string name) =>
        CertificateAuthority.LoadOrCreate(Directory.CreateDirectory(Path.Combine(folder, name)).FullName, name, clock)!;

    private void Trust(CertificateAuthority authority) => File.Copy(
        Path.Combine(folder, authority.Subject["CN=".Length..], "ca.pem"), Path.Combine(folder, "trusted.pem"), overwrite: true);

    private X509Certificate2 Issue(CertificateAuthority authority, string role)
    {
        authority.Issue(folder, role, role, [role + PeerCertificate.RoleSuffix], []);
        return X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(folder, role + ".pem")));
    }
}

using System.Net;
using Mailstead.Hosting;
using Mailstead.Hosting.Tls;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mailstead.Unit.Hosting.Tls;

/// <summary>Certificates are replaced while clients come and go, in the way that Kubernetes replaces mounted secrets.</summary>
public sealed class ServerCertificateTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("mailstead-tls-").FullName;
    private readonly FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());

    public ServerCertificateTests()
    {
        Issue("first");
        Issue("second");
        Directory.CreateSymbolicLink(In("mounted"), In("first"));
        File.CreateSymbolicLink(In("tls.pem"), In("mounted/server.pem"));
        File.CreateSymbolicLink(In("tls.key"), In("mounted/server.key"));
    }

    [Fact]
    public void A_mounted_certificate_is_shown_and_nothing_is_made_in_the_data_directory()
    {
        Assert.Equal("CN=first", Create().Context.TargetCertificate.Subject);
        Assert.False(Directory.Exists(In("data")));
    }

    [Fact]
    public void A_replaced_secret_is_read_again()
    {
        var certificate = Create();

        Mount("second");
        Assert.Equal("CN=first", certificate.Context.TargetCertificate.Subject);
        clock.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal("CN=second", certificate.Context.TargetCertificate.Subject);
    }

    [Fact]
    public void Files_that_do_not_fit_each_other_leave_the_old_certificate_in_force_until_they_do()
    {
        var certificate = Create();

        File.Copy(In("second/server.pem"), In("first/server.pem"), overwrite: true);
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("CN=first", certificate.Context.TargetCertificate.Subject);

        File.Copy(In("second/server.key"), In("first/server.key"), overwrite: true);
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("CN=second", certificate.Context.TargetCertificate.Subject);
    }

    [Fact]
    public void Without_settings_the_data_directory_has_the_certificate()
    {
        var certificate = Create(new TlsOptions());

        Assert.Equal("CN=mail.example.test", certificate.Context.TargetCertificate.Subject);
        Assert.True(File.Exists(In("data/tls/server.key")));
    }

    [Fact]
    public void A_certificate_without_its_key_is_refused_by_name()
    {
        var result = new TlsOptionsValidator().Validate(null, new TlsOptions { Certificate = In("tls.pem") });

        Assert.StartsWith("Tls:PrivateKey is ''", Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private ServerCertificate Create(TlsOptions? options = null) => new(
        new InstallationOptions { DataDirectory = In("data"), Hostname = "mail.example.test", Roles = new HashSet<string>() },
        options ?? new TlsOptions { Certificate = In("tls.pem"), PrivateKey = In("tls.key") }, clock, NullLogger<ServerCertificate>.Instance);

    private void Issue(string name)
    {
        Directory.CreateDirectory(In(name));
        CertificateAuthority.LoadOrCreate(In(name), "authority", clock)!.Issue(In(name), "server", name, [name], [IPAddress.Loopback]);
    }

    private void Mount(string name)
    {
        Directory.Delete(In("mounted"));
        Directory.CreateSymbolicLink(In("mounted"), In(name));
    }

    private string In(string name) => Path.Combine(folder, name);
}

using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Mailstead.Hosting.Tls;

/// <summary>
/// How this installation speaks TLS as a server: 1.2 and 1.3, forward secrecy only, the certificate that <see cref="TlsOptions"/> names.
/// </summary>
public sealed class ServerTls
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);

    // RFC 9325 §4.2: ephemeral key exchange and AEAD only. TLS 1.3 suites all are.
    private static readonly CipherSuitesPolicy ForwardSecrecy = new(
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);

    private readonly ServerCertificate certificate;

    internal ServerTls(ServerCertificate certificate) => this.certificate = certificate;

    /// <summary>New options for one handshake.</summary>
    public SslServerAuthenticationOptions CreateOptions() => new()
    {
        ServerCertificateContext = certificate.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = ForwardSecrecy,
        AllowRenegotiation = false,
    };

    /// <summary>
    /// The handshake after STARTTLS. The caller has refused to go on if anything was pipelined behind the command, so that
    /// nothing sent in the clear is ever read as if it were encrypted.
    /// </summary>
    /// <exception cref="AuthenticationException">The client's handshake failed.</exception>
    /// <exception cref="OperationCanceledException">It took longer than 30 seconds, or the connection ended.</exception>
    public async Task<TlsTransport> UpgradeAsync(IDuplexPipe transport, CancellationToken cancellationToken)
    {
        var stream = new SslStream(new DuplexPipeStream(transport), leaveInnerStreamOpen: true);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(HandshakeTimeout);
        try
        {
            await stream.AuthenticateAsServerAsync(CreateOptions(), deadline.Token).ConfigureAwait(false);
            return new TlsTransport(stream);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

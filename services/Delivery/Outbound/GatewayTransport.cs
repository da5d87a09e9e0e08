using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Delivery.MailFlow;
using Mailstead.Hosting;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Client;

namespace Mailstead.Delivery.Outbound;

/// <summary>
/// Hands messages to an organization's SMTP gateway: over TLS with a certificate that is trusted, signed in with a password. One that can't be
/// reached, has no such TLS or refuses the sign-in gets nothing, and the sender is told at once.
/// </summary>
internal sealed class GatewayTransport(
    MailPolicies policies, MxResolver resolver, InstallationOptions installation, DeliveryOptions options, TimeProvider clock)
{
    /// <summary>RFC 8314 §7.3: TLS before SMTP. On every other port it begins with STARTTLS.</summary>
    private const int ImplicitTlsPort = 465;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    public async Task<IReadOnlyList<TransportResult>> SendAsync(
        Guid organizationId, string name, OutgoingMessage message, CancellationToken cancellationToken)
    {
        var gateway = (await policies.GetAsync(organizationId, cancellationToken)).Gateways.FirstOrDefault(one => one.Name == name);
        if (gateway is null)
            return All(message, Refuse($"There is no SMTP gateway {name} any more"), "");
        var last = Refuse($"The SMTP gateway {name} has no address that mail is sent to");
        foreach (var address in await resolver.FindHostAsync(gateway.Host, cancellationToken))
        {
            try
            {
                return await TryAsync(gateway, address, message, cancellationToken);
            }
            catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException or AuthenticationException
                                            && !cancellationToken.IsCancellationRequested)
            {
                last = Refuse($"The SMTP gateway {name} can't be used: {failure.Message}");
            }
        }

        return All(message, last, gateway.Host);
    }

    private async Task<IReadOnlyList<TransportResult>> TryAsync(
        MailGateway gateway, IPAddress address, OutgoingMessage message, CancellationToken cancellationToken)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            deadline.CancelAfter(ConnectTimeout);
            await socket.ConnectAsync(new IPEndPoint(address, gateway.Port), deadline.Token);
        }

        Stream stream = new NetworkStream(socket);
        if (gateway.Port == ImplicitTlsPort)
            stream = await HandshakeAsync(stream, gateway.Host, cancellationToken);
        await using var connection = new SmtpClientConnection(stream, installation.Hostname, clock);
        var opened = await connection.OpenAsync(cancellationToken);
        if (!opened.IsPositive)
            return All(message, Refuse($"The SMTP gateway {gateway.Name} refuses to talk: {opened}"), gateway.Host);
        if (!connection.IsEncrypted)
        {
            if (!connection.Offers("STARTTLS"))
                return All(message, Refuse($"The SMTP gateway {gateway.Name} offers no TLS"), gateway.Host);
            var started = await connection.StartTlsAsync((plain, token) => HandshakeAsync(plain, gateway.Host, token), cancellationToken);
            if (!started.IsPositive)
                return All(message, Refuse($"The SMTP gateway {gateway.Name} refuses TLS: {started}"), gateway.Host);
        }

        var signedIn = await connection.SignInAsync(gateway.UserName, gateway.Password, cancellationToken);
        return signedIn.IsPositive
            ? [.. (await connection.SendAsync(message, cancellationToken)).Select(reply => new TransportResult(reply, gateway.Host))]
            : All(message, Refuse($"The SMTP gateway {gateway.Name} refuses the sign-in: {signedIn}"), gateway.Host);
    }

    private async Task<Stream> HandshakeAsync(Stream stream, string host, CancellationToken cancellationToken)
    {
        var encrypted = new SslStream(stream, leaveInnerStreamOpen: false);
        var tls = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = Authorities.PolicyOf(options.GatewayAuthorities),
        };

        try
        {
            await encrypted.AuthenticateAsClientAsync(tls, cancellationToken);
            return encrypted;
        }
        catch
        {
            await encrypted.DisposeAsync();
            throw;
        }
    }

    private static SmtpReply Refuse(string reason) => new(550, "5.7.1", reason);

    private static TransportResult[] All(OutgoingMessage message, SmtpReply reply, string host) =>
        [.. message.Recipients.Select(_ => new TransportResult(reply, host))];
}

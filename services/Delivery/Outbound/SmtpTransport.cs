using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mailstead.Hosting;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Client;

namespace Mailstead.Delivery.Outbound;

/// <summary>What a destination said about one recipient.</summary>
internal sealed record TransportResult(SmtpReply Reply, string RemoteHost);

/// <summary>
/// Hands a message to the first of a destination's servers that will talk: encrypted if the server can (RFC 7435), in the clear only
/// if it can't and the message does not ask for more.
/// </summary>
internal sealed class SmtpTransport(MxResolver resolver, InstallationOptions installation, DeliveryOptions options, TimeProvider clock)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    public async Task<IReadOnlyList<TransportResult>> SendAsync(
        string destination, OutgoingMessage message, CancellationToken cancellationToken)
    {
        var hosts = await resolver.FindAsync(destination, cancellationToken);
        if (hosts.Failure is { } failure)
            return All(message, new SmtpReply(failure.IsPermanent ? 550 : 450, failure.EnhancedCode, failure.Reason), "");
        var last = new SmtpReply(451, "4.4.1", "No mail server of the recipient's domain could be reached");
        var lastHost = "";
        foreach (var (name, addresses) in hosts.Hosts)
        {
            foreach (var address in addresses)
            {
                var results = await TryAsync(name, address, message, cancellationToken);
                if (results.All(result => result.Reply.Code != 0))
                    return results;
                (last, lastHost) = (last with { Text = results[0].Reply.Text }, name);
            }
        }

        return All(message, last, lastHost);
    }

    private static TransportResult[] All(OutgoingMessage message, SmtpReply reply, string host) =>
        [.. message.Recipients.Select(_ => new TransportResult(reply, host))];

    /// <summary>Replies with code 0: this server was no use, try the next one.</summary>
    private async Task<IReadOnlyList<TransportResult>> TryAsync(
        string name, IPAddress address, OutgoingMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await TryAsync(name, address, message, allowTls: true, cancellationToken);
        }
        catch (AuthenticationException) when (!message.RequiresTls)
        {
            return await TryAsync(name, address, message, allowTls: false, cancellationToken);
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException or AuthenticationException
                                        && !cancellationToken.IsCancellationRequested)
        {
            return All(message, new SmtpReply(0, "", $"{name}: {failure.Message}"), name);
        }
    }

    private async Task<IReadOnlyList<TransportResult>> TryAsync(
        string name, IPAddress address, OutgoingMessage message, bool allowTls, CancellationToken cancellationToken)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            deadline.CancelAfter(ConnectTimeout);
            await socket.ConnectAsync(new IPEndPoint(address, options.OutboundPort), deadline.Token);
        }

        await using var connection = new SmtpClientConnection(new NetworkStream(socket), installation.Hostname, clock);
        var opened = await connection.OpenAsync(cancellationToken);
        // RFC 5321 §3.1: a server that will not talk at all (554) speaks for itself and not for the domain's others.
        if (!opened.IsPositive)
            return All(message, opened with { Code = 0 }, name);
        if (allowTls && connection.Offers("STARTTLS"))
            await connection.StartTlsAsync((stream, token) => HandshakeAsync(stream, name, token), cancellationToken);
        return Refuse(connection, message) is { } refusal
            ? All(message, refusal, name)
            : [.. (await connection.SendAsync(message, cancellationToken)).Select(reply => new TransportResult(reply, name))];
    }

    private static SmtpReply? Refuse(SmtpClientConnection connection, OutgoingMessage message)
    {
        if (message.RequiresTls && !(connection.IsEncrypted && connection.Offers("REQUIRETLS")))
            return new SmtpReply(550, "5.7.30", "The message asks for TLS all the way, and this server does not promise it");
        return message.NeedsSmtpUtf8 && !connection.Offers("SMTPUTF8")
            ? new SmtpReply(550, "5.6.7", "The message has an internationalized address, and this server does not take them")
            : null;
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Security", "CA5359", Justification = "RFC 7435: opportunistic TLS; the alternative is no encryption at all")]
    private static async Task<Stream> HandshakeAsync(Stream stream, string host, CancellationToken cancellationToken)
    {
        var encrypted = new SslStream(stream, leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            // RFC 7435: opportunistic. Any certificate is better than none; who wants to be sure publishes DANE or MTA-STS.
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        };
        try
        {
            await encrypted.AuthenticateAsClientAsync(options, cancellationToken);
            return encrypted;
        }
        catch (IOException broken)
        {
            await encrypted.DisposeAsync();
            throw new AuthenticationException("The server broke the TLS handshake off", broken);
        }
    }
}

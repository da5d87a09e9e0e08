using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mailstead.Hosting.Tls;
using MassTransit;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace Mailstead.Hosting.Bus;

/// <summary>Where the broker is and how it proves itself.</summary>
internal sealed class BrokerAddress
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    private readonly RemoteCertificateValidationCallback isTrusted;

    private BrokerAddress(Uri uri, RemoteCertificateValidationCallback isTrusted) => (Uri, this.isTrusted) = (uri, isTrusted);

    public Uri Uri { get; }

    private bool IsEncrypted => Uri.Scheme == "amqps";

    /// <exception cref="OptionsValidationException">It is no address of a broker.</exception>
    public static BrokerAddress Parse(string address, string? authorities)
    {
        if (!string.IsNullOrEmpty(authorities) && !File.Exists(authorities))
            throw new OptionsValidationException("Bus", typeof(BusOptions), [$"Bus:Authorities is '{authorities}'; allowed: a PEM file"]);
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" && uri!.Host.Length > 0
            ? new BrokerAddress(uri, string.IsNullOrEmpty(authorities) ? IsTrustedBySystem : PrivateAuthorities.Read(authorities).Validate)
            // Not the value itself: it has a password.
            : throw new OptionsValidationException(
                "Bus", typeof(BusOptions), ["Bus:RabbitMq is wrong; allowed: amqp://USER:PASSWORD@HOST:PORT/VHOST, amqps:// with TLS"]);
    }

    public void Apply(IRabbitMqBusFactoryConfigurator transport) => transport.Host(Uri, host =>
    {
        host.Heartbeat(Budgets.BrokerHeartbeat);
        host.RequestedConnectionTimeout(Budgets.BrokerConnect);
        if (!IsEncrypted)
            return;
        host.UseSsl(tls =>
        {
            tls.ServerName = Uri.Host;
            tls.Protocol = Protocols;
            tls.CertificateValidationCallback = isTrusted;
        });
    });

    public ConnectionFactory CreateFactory()
    {
        var factory = new ConnectionFactory
        {
            Uri = Uri,
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = Budgets.BrokerConnect,
        };
        if (!IsEncrypted)
            return factory;
        factory.Ssl = new SslOption(Uri.Host, enabled: true) { Version = Protocols, CertificateValidationCallback = isTrusted };
        return factory;
    }

    /// <summary>Said in so many words: the bus library takes a certificate of any authority unless it is told.</summary>
    private static bool IsTrustedBySystem(object sender, X509Certificate? shown, X509Chain? sent, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None;
}

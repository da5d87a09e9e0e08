using System.Net;
using Mailstead.Hosting.Cache;
using Mailstead.Hosting.Listeners;
using Mailstead.Hosting.Tls;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Server;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Ingress;

/// <summary>Port 25: admits a client, then lets it speak.</summary>
internal sealed class IngressHandler : ConnectionHandler, IHostedService, IDisposable
{
    private static readonly byte[] TooMany = "421 4.7.0 Too many connections from your address, try again later\r\n"u8.ToArray();

    private readonly SmtpServer server;
    private readonly SmtpSessions sessions;
    private readonly AddressGate gate;
    private readonly TrustedNetworks trusted;

    public IngressHandler(IngressPolicy policy, ServerTls tls, IngressOptions options, SharedCounts counts, TimeProvider clock)
    {
        sessions = new SmtpSessions(clock, options.Timeout);
        gate = new AddressGate("ingress", counts, options.ConnectionsPerAddress, options.ConnectionsPerMinutePerAddress, clock);
        trusted = new TrustedNetworks(options.TrustedNetworks, options.TrustLoopback);
        server = new SmtpServer(policy, (transport, token) => UpgradeAsync(tls, transport, token), sessions, clock);
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var lease = connection.RemoteEndPoint is not IPEndPoint client || trusted.Contain(client.Address)
            ? default(AddressGate.Lease)
            : await gate.EnterAsync(client.Address);
        if (lease is not { } admitted)
        {
            await connection.Transport.Output.WriteAsync(TooMany);
            return;
        }

        using (admitted)
            await server.RunAsync(connection);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        sessions.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => sessions.Dispose();

    private static async Task<(System.IO.Pipelines.IDuplexPipe, TlsDetails)> UpgradeAsync(
        ServerTls tls, System.IO.Pipelines.IDuplexPipe transport, CancellationToken cancellationToken)
    {
        var upgraded = await tls.UpgradeAsync(transport, cancellationToken);
        return (upgraded, new TlsDetails(upgraded.Protocol.ToString(), upgraded.CipherSuite));
    }
}

using System.Net;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Mailstead.Hosting.Cache;
using Mailstead.Hosting.Listeners;
using Mailstead.Hosting.Tls;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Server;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Submission;

/// <summary>Ports 587 and 465: admits a client, then lets it sign in and speak.</summary>
internal sealed class SubmissionHandler : ConnectionHandler, IHostedService, IDisposable
{
    private static readonly byte[] TooMany = "421 4.7.0 Too many connections from your address, try again later\r\n"u8.ToArray();

    private readonly SmtpServer server;
    private readonly AccessRecheck recheck;
    private readonly SmtpSessions sessions;
    private readonly AddressGate gate;
    private readonly TrustedNetworks trusted;

    public SubmissionHandler(
        SubmissionPolicy policy, AccessRecheck recheck, ServerTls tls, SubmissionOptions options, SharedCounts counts, TimeProvider clock)
    {
        this.recheck = recheck;
        sessions = new SmtpSessions(clock, options.Timeout);
        gate = new AddressGate("submission", counts, options.ConnectionsPerAddress, options.ConnectionsPerMinutePerAddress, clock);
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

    /// <summary>Ends those sessions of the meant principals that may not go on.</summary>
    public Task RecheckAsync(Func<Principal, bool> isMeant, CancellationToken cancellationToken) => recheck.RunAsync(
        sessions.All.Where(session => session.Principal is Principal principal && isMeant(principal)), SubmissionPolicy.ToAccessRequest,
        session => session.Interrupt(SmtpReplies.AccessChanged), cancellationToken);

    public void Dispose() => sessions.Dispose();

    private static async Task<(System.IO.Pipelines.IDuplexPipe, TlsDetails)> UpgradeAsync(
        ServerTls tls, System.IO.Pipelines.IDuplexPipe transport, CancellationToken cancellationToken)
    {
        var upgraded = await tls.UpgradeAsync(transport, cancellationToken);
        return (upgraded, new TlsDetails(upgraded.Protocol.ToString(), upgraded.CipherSuite));
    }
}

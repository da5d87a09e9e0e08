using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Mailstead.Hosting.Cache;
using Mailstead.Hosting.Listeners;
using Mailstead.Imap.Sessions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Imap;

/// <summary>Ports 143 and 993: admits a client, lets it speak, and ends whoever keeps us waiting. One timer serves all sessions.</summary>
internal sealed class ImapHandler : ConnectionHandler, IHostedService, IDisposable
{
    private static readonly byte[] TooMany = "* BYE Too many connections from your address, try again later\r\n"u8.ToArray();
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CutOffAfter = TimeSpan.FromSeconds(60);
    private static readonly Meter Meter = new("Mailstead.Imap");
    private static readonly UpDownCounter<int> Open = Meter.CreateUpDownCounter<int>("mailstead.imap.connections", "{connection}");

    private readonly ImapConnection connections;
    private readonly AccessRecheck recheck;
    private readonly ChangeFeed feed;
    private readonly ImapOptions options;
    private readonly TimeProvider clock;
    private readonly AddressGate gate;
    private readonly TrustedNetworks trusted;
    private readonly ConcurrentDictionary<ImapSession, ConnectionContext> sessions = new();
    private ITimer? sweeper;

    public ImapHandler(
        ImapConnection connections, ChangeFeed feed, AccessRecheck recheck, ImapOptions options, SharedCounts counts, TimeProvider clock)
    {
        this.recheck = recheck;
        (this.connections, this.feed, this.options, this.clock) = (connections, feed, options, clock);
        gate = new AddressGate("imap", counts, options.ConnectionsPerAddress, options.ConnectionsPerMinutePerAddress, clock);
        trusted = new TrustedNetworks(options.TrustedNetworks);
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var client = (connection.RemoteEndPoint as IPEndPoint) ?? new IPEndPoint(IPAddress.None, 0);
        var lease = trusted.Contain(client.Address) ? default(AddressGate.Lease) : await gate.EnterAsync(client.Address);
        if (lease is not { } admitted)
        {
            await connection.Transport.Output.WriteAsync(TooMany);
            return;
        }

        using (admitted)
            await RunAsync(connection, client);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        sweeper = clock.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => sweeper?.Dispose();

    /// <summary>Ends those sessions of the meant principals that may not go on.</summary>
    public Task RecheckAsync(Func<Principal, bool> isMeant, CancellationToken cancellationToken) => recheck.RunAsync(
        sessions.Keys.Where(session => session.Principal is { } principal && isMeant(principal)), session => session.ToAccessRequest(),
        session => session.Interrupt("Your access has changed, sign in again"), cancellationToken);

    private async Task RunAsync(ConnectionContext connection, IPEndPoint client)
    {
        var isEncrypted = connection.Features.Get<ITlsHandshakeFeature>() is not null;
        var session = new ImapSession(connection.ConnectionId, connection.Transport, client, isEncrypted, clock);
        sessions[session] = connection;
        Open.Add(1);
        using var drain = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested.UnsafeRegister(
            static session => ((ImapSession)session!).Interrupt("The server is shutting down, connect again"), session) ?? default;
        try
        {
            await connections.RunAsync(session, connection.ConnectionClosed);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ConnectionResetException
                                      or System.Security.Authentication.AuthenticationException or InvalidOperationException { Source: "System.IO.Pipelines" })
        {
            // The client has gone, or its handshake failed: there is nobody left to tell.
        }
        finally
        {
            feed.Remove(session);
            await session.DisposeAsync();
            sessions.TryRemove(session, out _);
            Open.Add(-1);
        }
    }

    private void Sweep()
    {
        foreach (var (session, connection) in sessions)
        {
            if (session.WritingSince is > 0 and var writing && clock.GetElapsedTime(writing) > options.WriteTimeout)
                connection.Abort();
            var since = session.WaitingSince;
            if (since == 0)
                continue;
            var waited = clock.GetElapsedTime(since);
            var timeout = session.Principal is null ? options.LoginTimeout : options.IdleTimeout;
            if (waited > timeout + CutOffAfter)
                connection.Abort();
            else if (waited > timeout)
                session.Interrupt("Idle for too long");
        }
    }
}

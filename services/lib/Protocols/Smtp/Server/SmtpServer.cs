using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mailstead.Protocols.Smtp.Server;

/// <summary>Runs SMTP on Kestrel's connections: lifetime only; sessions hold state, commands behaviour.</summary>
public sealed class SmtpServer(ISmtpPolicy policy, TlsUpgrade upgrade, SmtpSessions sessions, TimeProvider clock)
{
    private static readonly ActivitySource Source = new("Mailstead.Smtp");
    private static readonly Meter Meter = new("Mailstead.Smtp");
    private static readonly UpDownCounter<int> Open = Meter.CreateUpDownCounter<int>("mailstead.smtp.connections", "{connection}");

    private readonly SmtpCommandTable commands = new();

    public async Task RunAsync(ConnectionContext connection)
    {
        using var activity = Source.StartActivity("smtp session", ActivityKind.Server);
        var session = new SmtpSession(
            connection.ConnectionId, connection.Transport, (connection.RemoteEndPoint as IPEndPoint) ?? new IPEndPoint(IPAddress.None, 0),
            TlsOf(connection), upgrade, policy, commands, clock);
        sessions.Add(session, connection.Abort);
        Open.Add(1);
        var draining = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        using var drain = draining?.ConnectionClosedRequested.UnsafeRegister(
            static session => ((SmtpSession)session!).Interrupt(SmtpReplies.ShuttingDown), session) ?? default;
        try
        {
            await session.RunAsync(connection.ConnectionClosed);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ConnectionResetException
                                      or System.Security.Authentication.AuthenticationException or InvalidOperationException { Source: "System.IO.Pipelines" })
        {
            // The client has gone, or its handshake failed: there is nobody left to tell.
        }
        finally
        {
            sessions.Remove(session);
            Open.Add(-1);
        }
    }

    private static TlsDetails? TlsOf(ConnectionContext connection) =>
        connection.Features.Get<ITlsHandshakeFeature>() is { } handshake
            ? new TlsDetails(handshake.Protocol.ToString(), handshake.NegotiatedCipherSuite?.ToString() ?? "")
            : null;
}

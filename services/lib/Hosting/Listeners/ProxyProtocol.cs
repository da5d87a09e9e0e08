using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Listeners;

/// <summary>
/// Stands first on a mail port: a load balancer that is trusted says whom a connection is from, so that limits and Received
/// fields name the client and not the load balancer. Nobody else is believed.
/// </summary>
internal sealed partial class ProxyProtocol(ListenersOptions options, TimeProvider clock, ILogger<ProxyProtocol> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly TrustedNetworks proxies = new(options.ProxyProtocolFrom, isLoopbackTrusted: false);

    public bool IsUsed => options.ProxyProtocolFrom.Count > 0;

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.RemoteEndPoint is IPEndPoint peer && proxies.Contain(peer.Address))
        {
            if (!await TryReadAsync(connection).ConfigureAwait(false))
            {
                LogNoHeader(connection.ConnectionId, peer.Address);
                connection.Abort();
                return;
            }
        }

        await next(connection).ConfigureAwait(false);
    }

    private async Task<bool> TryReadAsync(ConnectionContext connection)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, patience.Token);
        var input = connection.Transport.Input;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(deadline.Token).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException)
            {
                return false;
            }

            var start = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, ProxyHeader.OctetsMax));
            var state = ProxyHeader.Read(start.IsSingleSegment ? start.FirstSpan : start.ToArray(), out var length, out var client);
            if (state == ProxyHeaderState.Complete)
            {
                // What the client said behind it is left unexamined: the protocol's own reader finds it at once.
                input.AdvanceTo(read.Buffer.GetPosition(length));
                connection.RemoteEndPoint = client ?? connection.RemoteEndPoint;
                return true;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (state == ProxyHeaderState.Invalid || read.IsCompleted)
                return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Connection {ConnectionId} from {Proxy}, a proxy by Listeners:ProxyProtocolFrom, has no PROXY header")]
    private partial void LogNoHeader(string connectionId, IPAddress proxy);
}

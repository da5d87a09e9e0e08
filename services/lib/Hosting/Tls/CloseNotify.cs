using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Mailstead.Hosting.Tls;

/// <summary>
/// Ends TLS as RFC 8446 §6.1 asks, so that a client can tell our end from an attacker's cut. Neither Kestrel nor
/// <see cref="SslStream"/> does it by itself.
/// </summary>
internal static class CloseNotify
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task SendAsync(SslStream stream)
    {
        try
        {
            await stream.ShutdownAsync().WaitAsync(Patience).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or OperationCanceledException or TimeoutException
                                     or ConnectionResetException or System.ComponentModel.Win32Exception)
        {
            // The client has gone first: nobody is left to tell.
        }
    }

    /// <summary>Middleware behind implicit TLS: when the protocol has ended, TLS ends too.</summary>
    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        await next(connection).ConfigureAwait(false);
        if (connection.Features.Get<ISslStreamFeature>() is { } tls)
            await SendAsync(tls.SslStream).ConfigureAwait(false);
    }
}

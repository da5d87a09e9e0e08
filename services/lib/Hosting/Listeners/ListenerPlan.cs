using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mailstead.Hosting.Listeners;

/// <summary>A listener that a module asked for; the host opens them all.</summary>
internal sealed record ListenerPlan(string Name, int WellKnownPort, ListenerTls Tls, Action<ListenOptions> Attach)
{
    public static ListenerPlan For<THandler>(string name, int wellKnownPort, ListenerTls tls)
        where THandler : ConnectionHandler =>
        new(name, wellKnownPort, tls, options => options.UseConnectionHandler<THandler>());
}

/// <summary>How a listener's connections begin.</summary>
public enum ListenerTls
{
    /// <summary>In the clear; the protocol may upgrade (STARTTLS).</summary>
    None,

    /// <summary>With a TLS handshake.</summary>
    Implicit,
}

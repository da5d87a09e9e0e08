using System.ComponentModel.DataAnnotations;
using Mailstead.Hosting.Listeners;
using Microsoft.Extensions.Options;

namespace Mailstead.Imap;

/// <summary>Settings under <c>Imap</c>.</summary>
internal sealed class ImapOptions
{
    /// <summary>A signed-in client that says nothing is sent away; RFC 9051 §5.4 asks for at least 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:30:00", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(35);

    /// <summary>A client that has not signed in by then is sent away.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:10:00")]
    public TimeSpan LoginTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>A client that takes nothing of what it asked for is cut off after this.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:30:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Who may send a password in the clear.</summary>
    public PlaintextLogin PlaintextLogin { get; set; } = PlaintextLogin.Never;

    /// <summary>Connections that one client address may have at once.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddress { get; set; } = 500;

    /// <summary>Connections that one client address may begin within a minute.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerMinutePerAddress { get; set; } = 1000;

    /// <summary>Networks in CIDR form whose clients the limits of connections do not bind.</summary>
    [Networks]
    public IList<string> TrustedNetworks { get; } = [];
}

/// <summary>Who may send a password without TLS.</summary>
internal enum PlaintextLogin
{
    Never,

    /// <summary>Clients on this machine: there is no wire to listen on.</summary>
    Loopback,
    Always,
}

[OptionsValidator]
internal sealed partial class ImapOptionsValidator : IValidateOptions<ImapOptions>;

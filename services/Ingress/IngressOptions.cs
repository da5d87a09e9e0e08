using System.ComponentModel.DataAnnotations;
using Mailstead.Hosting.Listeners;
using Microsoft.Extensions.Options;

namespace Mailstead.Ingress;

/// <summary>Settings under <c>Ingress</c>.</summary>
internal sealed class IngressOptions
{
    /// <summary>For a whole command line, and for content that comes too slowly; RFC 5321 §4.5.3.2.7: at least 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Connections that one client address may have at once.</summary>
    [Range(1, 100_000)]
    public int ConnectionsPerAddress { get; set; } = 50;

    /// <summary>Connections that one client address may begin within a minute.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerMinutePerAddress { get; set; } = 300;

    /// <summary>Networks in CIDR form whose clients the limits of connections do not bind.</summary>
    [Networks]
    public IList<string> TrustedNetworks { get; } = [];

    /// <summary>
    /// An address of this installation that gets what is sent to <c>postmaster</c> without a domain, or at the server's own name, which
    /// RFC 5321 §4.5.1 asks every server to take. Empty: the postmaster of the organization that was made first, which should be the
    /// operator's own.
    /// </summary>
    [MailAddress]
    public string Postmaster { get; set; } = "";

    /// <summary>Whether loopback counts among the trusted networks. Not behind a proxy on this machine: all its clients would.</summary>
    public bool TrustLoopback { get; set; } = true;
}

[OptionsValidator]
internal sealed partial class IngressOptionsValidator : IValidateOptions<IngressOptions>;

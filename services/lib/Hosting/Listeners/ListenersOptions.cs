using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Mailstead.Hosting.Listeners;

/// <summary>Section <c>Listeners</c>: how this process is reached.</summary>
internal sealed class ListenersOptions
{
    /// <summary>
    /// Networks, in CIDR form, of load balancers that begin each connection to a mail port with a PROXY protocol header (version
    /// 1 or 2). From there a connection without one is closed; from elsewhere a header is no header.
    /// </summary>
    [Networks]
    public IList<string> ProxyProtocolFrom { get; } = [];

    /// <summary>
    /// Well-known port of <c>/health</c> and <c>/metrics</c>, in the clear; the port base is added. They are then to be had
    /// nowhere else, and HTTP is listened to only where a role serves it. 0: they are on the HTTP ports.
    /// </summary>
    [Range(0, 58_092)]
    public int ManagementPort { get; set; }
}

/// <inheritdoc/>
[OptionsValidator]
internal sealed partial class ListenersOptionsValidator : IValidateOptions<ListenersOptions>;

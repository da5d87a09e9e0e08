using System.Net;

namespace Mailstead.Hosting.Listeners;

/// <summary>Networks that limits for strangers do not bind. Loopback is one, since it is ourselves, unless a proxy is there.</summary>
public sealed class TrustedNetworks
{
    private readonly List<IPNetwork> networks;

    /// <exception cref="FormatException">One of them is no network in CIDR form.</exception>
    public TrustedNetworks(IEnumerable<string> networks, bool isLoopbackTrusted = true)
    {
        var loopback = isLoopbackTrusted ? new[] { "127.0.0.0/8", "::1/128" } : [];
        this.networks = [.. loopback.Concat(networks).Select(network => IPNetwork.Parse(network))];
    }

    public bool Contain(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return networks.Exists(network => network.Contains(plain));
    }
}

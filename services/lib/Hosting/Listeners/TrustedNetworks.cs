using System.Net;

namespace Mailstead.Hosting.Listeners;

/// <summary>Networks that limits for strangers do not bind. Loopback always is one: it is ourselves.</summary>
public sealed class TrustedNetworks
{
    private readonly List<IPNetwork> networks;

    /// <exception cref="FormatException">One of them is no network in CIDR form.</exception>
    public TrustedNetworks(IEnumerable<string> networks) =>
        this.networks = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128"), .. networks.Select(network => IPNetwork.Parse(network))];

    public bool Contain(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return networks.Exists(network => network.Contains(plain));
    }
}

using System.Globalization;
using System.Net;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>Finds the replicas of a role: every address of every host of its setting, looked up again and again.</summary>
internal sealed class AddressResolver(string role, ServicesOptions options, TimeProvider clock, ILoggerFactory loggers)
    : PollingResolver(loggers)
{
    private ITimer? timer;

    protected override void OnStarted()
    {
        base.OnStarted();
        timer = clock.CreateTimer(_ => Refresh(), null, options.ResolveInterval, options.ResolveInterval);
    }

    protected override async Task ResolveAsync(CancellationToken cancellationToken)
    {
        var found = new List<BalancerAddress>();
        foreach (var place in options.Addresses[role].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!TrySplit(place, out var host, out var port))
                continue;
            foreach (var address in await LookUpAsync(host, cancellationToken).ConfigureAwait(false))
                found.Add(new BalancerAddress(address.ToString(), port));
        }

        Listener(found.Count == 0
            ? ResolverResult.ForFailure(new Status(StatusCode.Unavailable, $"No address of {options.Addresses[role]} ({role}) was found"))
            : ResolverResult.ForResult(found));
    }

    protected override void Dispose(bool disposing)
    {
        timer?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary><c>host:port</c>; an IPv6 address in brackets.</summary>
    public static bool TrySplit(string place, out string host, out int port)
    {
        var colon = place.LastIndexOf(':');
        host = colon > 0 ? place[..colon].Trim('[', ']') : "";
        port = 0;
        return host.Length > 0 && int.TryParse(place[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is > 0 and <= IPEndPoint.MaxPort;
    }

    private static async Task<IPAddress[]> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // A name without addresses: no replica is ready. What other hosts there are still serve.
            return [];
        }
    }
}

/// <summary>Makes the resolvers of <c>role:///name</c> targets.</summary>
internal sealed class AddressResolverFactory(ServicesOptions options, TimeProvider clock) : ResolverFactory
{
    public const string Scheme = "role";

    public override string Name => Scheme;

    public override Resolver Create(ResolverOptions resolverOptions) =>
        new AddressResolver(resolverOptions.Address.AbsolutePath.Trim('/'), options, clock, resolverOptions.LoggerFactory);
}

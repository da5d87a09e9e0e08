using System.Net;
using DnsClient;
using Mailstead.Hosting;
using Mailstead.Hosting.Listeners;

namespace Mailstead.Delivery.Outbound;

/// <summary>Where mail for a domain is sent, best first.</summary>
/// <param name="Hosts">Names with their addresses, in the order to be tried.</param>
/// <param name="Failure">Null, or why there is nowhere to send it.</param>
internal sealed record MailHosts(IReadOnlyList<(string Name, IPAddress[] Addresses)> Hosts, DnsFailure? Failure);

internal sealed record DnsFailure(bool IsPermanent, string EnhancedCode, string Reason);

/// <summary>
/// Finds a domain's mail servers (RFC 5321 §5.1): MX by preference, equals in random order; the domain itself when there is no MX; none
/// when it says so (RFC 7505).
/// </summary>
internal sealed class MxResolver(InstallationOptions installation, DeliveryOptions options)
{
    private readonly TrustedNetworks inner = new(options.InnerNetworks, isLoopbackTrusted: false);
    private readonly LookupClient dns = new(Options(installation));

    public async Task<MailHosts> FindAsync(string domain, CancellationToken cancellationToken)
    {
        var found = await LookUpAsync(domain, cancellationToken);
        if (found.Failure is not null)
            return found;
        var hosts = found.Hosts.Select(host => (host.Name, Addresses: host.Addresses.Where(IsOutside).ToArray())).Where(host => host.Addresses.Length > 0).ToList();
        return hosts.Count > 0
            ? new MailHosts(hosts, null)
            : Fail(isPermanent: true, "5.4.4", "The recipient's domain leads to addresses that no mail is sent to");
    }

    /// <summary>Where a host of this name or address is; none: it is not known, or no mail is sent there.</summary>
    public async Task<IReadOnlyList<IPAddress>> FindHostAsync(string host, CancellationToken cancellationToken)
    {
        var found = IPAddress.TryParse(host, out var literal)
            ? new MailHosts([(host, [literal])], null)
            : await AddressesAsync([host], cancellationToken);
        return [.. found.Hosts.SelectMany(one => one.Addresses).Where(IsOutside)];
    }

    /// <summary>Not this machine nor its neighbours (RFC 6890), unless the operator has said so.</summary>
    private bool IsOutside(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var octets = plain.GetAddressBytes();
        var isInner = IPAddress.IsLoopback(plain) || plain.IsIPv6LinkLocal || plain.IsIPv6Multicast || plain.Equals(IPAddress.IPv6Any)
            || (octets.Length == 4 && (octets[0] is 0 or >= 224 || octets is [169, 254, ..]));
        return !isInner || inner.Contain(plain);
    }

    private async Task<MailHosts> LookUpAsync(string domain, CancellationToken cancellationToken)
    {
        if (domain.StartsWith('['))
            return Literal(domain);
        try
        {
            var answer = await dns.QueryAsync(domain, QueryType.MX, cancellationToken: cancellationToken);
            if (answer.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain)
                return Fail(isPermanent: true, "5.1.2", "The recipient's domain does not exist");
            if (answer.HasError)
                return Fail(isPermanent: false, "4.4.3", $"The recipient's domain can't be looked up: {answer.ErrorMessage}");
            var exchanges = answer.Answers.MxRecords().ToList();
            if (exchanges is [{ Exchange.Value: "." }])
                return Fail(isPermanent: true, "5.1.10", "The recipient's domain takes no mail");
            if (exchanges.Count == 0)
                return await AddressesAsync([domain], cancellationToken);
            var names = MxOrder.Of(exchanges, installation.Hostname);
            return names.Count > 0
                ? await AddressesAsync(names, cancellationToken)
                : Fail(isPermanent: true, "5.4.6", "Mail for the recipient's domain comes back to this server, which does not serve it");
        }
        catch (DnsResponseException unreachable)
        {
            return Fail(isPermanent: false, "4.4.3", $"The recipient's domain can't be looked up: {unreachable.DnsError}");
        }
        catch (ArgumentException)
        {
            return Fail(isPermanent: true, "5.1.2", "The recipient's domain is no domain name");
        }
    }

    private static LookupClientOptions Options(InstallationOptions installation)
    {
        var options = installation.Dns is { } server ? new LookupClientOptions(server) : new LookupClientOptions();
        options.Timeout = TimeSpan.FromSeconds(5);
        options.Retries = 2;
        options.ThrowDnsErrors = false;
        return options;
    }

    private static MailHosts Fail(bool isPermanent, string code, string reason) => new([], new DnsFailure(isPermanent, code, reason));

    private static MailHosts Literal(string domain)
    {
        var text = domain.Trim('[', ']');
        if (text.StartsWith("ipv6:", StringComparison.OrdinalIgnoreCase))
            text = text[5..];
        return IPAddress.TryParse(text, out var address)
            ? new MailHosts([(domain, [address])], null)
            : Fail(isPermanent: true, "5.1.2", "The recipient's domain is no address literal");
    }

    private async Task<MailHosts> AddressesAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var hosts = new List<(string, IPAddress[])>();
        var isCertain = true;
        foreach (var name in names)
        {
            var six = await AddressesAsync(name, QueryType.AAAA, cancellationToken);
            var four = await AddressesAsync(name, QueryType.A, cancellationToken);
            isCertain &= six is not null && four is not null;
            IPAddress[] addresses = [.. six ?? [], .. four ?? []];
            if (addresses.Length > 0)
                hosts.Add((name, addresses));
        }

        if (hosts.Count > 0)
            return new MailHosts(hosts, null);
        return isCertain
            ? Fail(isPermanent: true, "5.4.4", "None of the recipient's mail servers has an address")
            : Fail(isPermanent: false, "4.4.3", "The addresses of the recipient's mail servers can't be looked up");
    }

    /// <summary>Null: it is not known now. Empty: there are none.</summary>
    private async Task<IReadOnlyList<IPAddress>?> AddressesAsync(string name, QueryType type, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await dns.QueryAsync(name, type, cancellationToken: cancellationToken);
            return answer.HasError && answer.Header.ResponseCode != DnsHeaderResponseCode.NotExistentDomain
                ? null
                : [.. answer.Answers.AddressRecords().Select(record => record.Address)];
        }
        catch (DnsResponseException)
        {
            return null;
        }
    }
}

using System.Net;
using DnsClient;
using DnsClient.Protocol;
using Mailstead.Hosting;

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
internal sealed class MxResolver(InstallationOptions installation)
{
    private const int HostsMax = 10;

    private readonly LookupClient dns = new(Options(installation));

    public async Task<MailHosts> FindAsync(string domain, CancellationToken cancellationToken)
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
            var names = exchanges.Count == 0 ? [domain] : Order(exchanges);
            return await AddressesAsync(names, cancellationToken);
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

    private static string[] Order(List<MxRecord> exchanges)
    {
        var shuffled = exchanges.ToArray();
        System.Security.Cryptography.RandomNumberGenerator.Shuffle(shuffled.AsSpan());
        return [.. shuffled.OrderBy(record => record.Preference).Select(record => record.Exchange.Value.TrimEnd('.')).Take(HostsMax)];
    }

    private async Task<MailHosts> AddressesAsync(string[] names, CancellationToken cancellationToken)
    {
        var hosts = new List<(string, IPAddress[])>();
        foreach (var name in names)
        {
            var six = await dns.QueryAsync(name, QueryType.AAAA, cancellationToken: cancellationToken);
            var four = await dns.QueryAsync(name, QueryType.A, cancellationToken: cancellationToken);
            IPAddress[] addresses = [.. six.Answers.AaaaRecords().Select(record => record.Address), .. four.Answers.ARecords().Select(record => record.Address)];
            if (addresses.Length > 0)
                hosts.Add((name, addresses));
        }

        return hosts.Count > 0
            ? new MailHosts(hosts, null)
            : Fail(isPermanent: false, "4.4.4", "None of the recipient's mail servers has an address");
    }
}

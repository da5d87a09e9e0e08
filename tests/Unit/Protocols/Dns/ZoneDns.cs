using System.Net;
using Mailstead.Protocols.Dns;

namespace Mailstead.Unit.Protocols.Dns;

/// <summary>DNS with the records of a test: <c>TXT text</c>, <c>A address</c>, <c>MX preference host</c>, <c>CNAME name</c>, <c>TIMEOUT</c> under their names.</summary>
internal sealed class ZoneDns : IMailDns
{
    private readonly Dictionary<string, List<(string Type, string Value)>> names = new(StringComparer.OrdinalIgnoreCase);

    public List<string> Asked { get; } = [];

    public ZoneDns Add(string name, string type, string value = "")
    {
        if (!names.TryGetValue(name.TrimEnd('.'), out var records))
            names[name.TrimEnd('.')] = records = [];
        records.Add((type, value));
        return this;
    }

    public Task<DnsAnswer<string>> FindTextsAsync(string name, CancellationToken cancellationToken) => Task.FromResult(Ask(name, "TXT", value => value));

    public Task<DnsAnswer<IPAddress>> FindAddressesAsync(string name, bool isIPv6, CancellationToken cancellationToken) =>
        Task.FromResult(Ask(name, isIPv6 ? "AAAA" : "A", IPAddress.Parse));

    public Task<DnsAnswer<string>> FindExchangersAsync(string name, CancellationToken cancellationToken)
    {
        var answer = Ask(name, "MX", value => value.Split(' '));
        return Task.FromResult(new DnsAnswer<string>(
            answer.Outcome, [.. answer.Records.OrderBy(mx => int.Parse(mx[0], null)).Select(mx => mx[1]).Where(host => host.Length > 0)]));
    }

    public Task<DnsAnswer<string>> FindNamesAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var octets = address.GetAddressBytes();
        var name = octets.Length == 4
            ? string.Join('.', octets.Reverse()) + ".in-addr.arpa"
            : string.Join('.', Convert.ToHexStringLower(octets).Reverse()) + ".ip6.arpa";
        return Task.FromResult(Ask(name, "PTR", value => value));
    }

    private DnsAnswer<T> Ask<T>(string name, string type, Func<string, T> read, int depth = 0)
    {
        Asked.Add($"{type} {name}");
        if (!names.TryGetValue(name.TrimEnd('.'), out var records))
            return new DnsAnswer<T>(DnsOutcome.NotExistent, []);
        if (records.Any(record => record.Type == "CNAME") && depth < 10)
            return Ask(records.Find(record => record.Type == "CNAME").Value, type, read, depth + 1);
        var found = records.Where(record => record.Type == type).Select(record => read(record.Value)).ToList();
        return found.Count == 0 && records.Any(record => record.Type == "TIMEOUT")
            ? new DnsAnswer<T>(DnsOutcome.Failed, [])
            : new DnsAnswer<T>(DnsOutcome.Found, found);
    }
}

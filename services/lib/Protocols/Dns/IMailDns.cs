using System.Net;

namespace Mailstead.Protocols.Dns;

/// <summary>How DNS answered.</summary>
public enum DnsOutcome
{
    /// <summary>The name is there, with or without records of the kind that was asked for.</summary>
    Found,

    /// <summary>NXDOMAIN: there is no such name.</summary>
    NotExistent,

    /// <summary>No answer, or one that says that there was trouble: nothing is known.</summary>
    Failed,
}

/// <param name="IsVoid">RFC 7208 §4.6.4: a void look-up has no such name, or no records of the kind.</param>
public sealed record DnsAnswer<T>(DnsOutcome Outcome, IReadOnlyList<T> Records)
{
    public bool IsVoid => Outcome == DnsOutcome.NotExistent || (Outcome == DnsOutcome.Found && Records.Count == 0);
}

/// <summary>What message authentication asks of DNS. Aliases are followed.</summary>
public interface IMailDns
{
    /// <summary>TXT; each text whole, of however many strings it is made (RFC 7208 §3.3, RFC 6376 §3.6.2.2).</summary>
    Task<DnsAnswer<string>> FindTextsAsync(string name, CancellationToken cancellationToken);

    /// <summary>A, or AAAA.</summary>
    Task<DnsAnswer<IPAddress>> FindAddressesAsync(string name, bool isIPv6, CancellationToken cancellationToken);

    /// <summary>MX: the names, the most preferred first.</summary>
    Task<DnsAnswer<string>> FindExchangersAsync(string name, CancellationToken cancellationToken);

    /// <summary>PTR.</summary>
    Task<DnsAnswer<string>> FindNamesAsync(IPAddress address, CancellationToken cancellationToken);
}

using DnsClient.Protocol;

namespace Mailstead.Delivery.Outbound;

/// <summary>Which of a domain's mail servers are tried, and in what order (RFC 5321 §5.1).</summary>
internal static class MxOrder
{
    private const int HostsMax = 10;

    /// <summary>
    /// By preference, equals by chance. From our own name on nobody is left: mail that we hold for those before us must not go round.
    /// </summary>
    public static IReadOnlyList<string> Of(IEnumerable<MxRecord> exchanges, string ourName)
    {
        var shuffled = exchanges.Select(record => (record.Preference, Name: record.Exchange.Value.TrimEnd('.'))).ToArray();
        System.Security.Cryptography.RandomNumberGenerator.Shuffle(shuffled.AsSpan());
        var ours = shuffled.Where(exchange => exchange.Name.Equals(ourName, StringComparison.OrdinalIgnoreCase))
            .Select(exchange => (int)exchange.Preference).DefaultIfEmpty(int.MaxValue).Min();
        return [.. shuffled.Where(exchange => exchange.Preference < ours).OrderBy(exchange => exchange.Preference)
            .Select(exchange => exchange.Name).Take(HostsMax)];
    }
}

using System.Text;
using Mailstead.Contracts.Admin.V1;

namespace Mailstead.Directories.Domains;

/// <summary>Records as a zone file has them (RFC 1035 §5): each on its line, all names fully qualified.</summary>
internal static class ZoneFile
{
    private const int TimeToLive = 3600;
    private const int StringOctetsMax = 255;

    public static string Write(string domain, IEnumerable<MailDomainRecord> records, IEnumerable<(string Hostname, string Value)> services)
    {
        var zone = new StringBuilder().Append("; Mail of ").Append(domain).AppendLine();
        foreach (var record in records)
            Append(zone, record.Hostname, record.Type, record.Type == "TXT" ? Quote(record.Value) : record.Value);
        foreach (var (hostname, value) in services)
            Append(zone, hostname, "SRV", value);
        return zone.ToString();
    }

    private static void Append(StringBuilder zone, string hostname, string type, string value) =>
        zone.Append(hostname).Append('\t').Append(TimeToLive).Append("\tIN\t").Append(type).Append('\t').Append(value).AppendLine();

    /// <summary>A string of a TXT record has at most 255 octets (RFC 1035 §3.3); readers put them together again.</summary>
    private static string Quote(string text) => string.Join(' ', text.Chunk(StringOctetsMax).Select(part =>
        '"' + new string(part).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"'));
}

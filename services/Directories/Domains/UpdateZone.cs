using System.Net;
using ARSoft.Tools.Net;
using ARSoft.Tools.Net.Dns;
using ARSoft.Tools.Net.Dns.DynamicUpdate;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Purpose = Mailstead.Contracts.Admin.V1.MailDomainRecordPurpose.Types.Value;
using UpdateClient = ARSoft.Tools.Net.Dns.DnsClient;

namespace Mailstead.Directories.Domains;

/// <summary>
/// Writes records of a domain to the name server that the installation may change (RFC 2136, signed as RFC 8945 has it). What stands in the way of a
/// record is taken away with it; what has another purpose stays.
/// </summary>
internal sealed class UpdateZone(RequiredRecords required, DirectoriesOptions options, TimeProvider clock)
{
    private const int TimeToLive = 3600;
    private const int DnsPort = 53;
    private const int StringOctetsMax = 255;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <exception cref="RpcException">UnsupportedOperationException: there is no such server; MailDomainStateException: it did not take them.</exception>
    public async Task RunAsync(string domain, IReadOnlyList<MailDomainRecord> records, CancellationToken cancellationToken)
    {
        if (!IPEndPoint.TryParse(options.ZoneServer, out var server))
            throw AdminError.Unsupported("There is no name server to write to: set Directories:ZoneServer, or publish the records of GetMailDomainZone");
        if (records.Count == 0)
            return;
        using var transport = new TcpClientTransport(server.Port == 0 ? DnsPort : server.Port);
        using var client = new UpdateClient([server.Address], [transport], false, (int)Patience.TotalMilliseconds);
        var message = new DnsUpdateMessage { ZoneName = await FindZoneAsync(client, domain, cancellationToken) };
        foreach (var record in records)
            message.Updates.AddRange(UpdatesOf(record));
        if (options.ZoneKeyName.Length > 0)
        {
            message.TSigOptions = new TSigRecord(
                DomainName.Parse(options.ZoneKeyName), TSigAlgorithm.Sha256, clock.GetUtcNow().UtcDateTime, ClockSkew, message.TransactionID, ReturnCode.NoError,
                [], Convert.FromBase64String(options.ZoneKey));
        }

        var answer = await client.SendUpdateAsync(message, cancellationToken) ?? throw Refused(domain, "does not answer");
        if (answer.ReturnCode != ReturnCode.NoError)
            throw Refused(domain, $"answers {answer.ReturnCode}");
    }

    /// <summary>The zone that a name is in: its start of authority is told, as the answer or beside it.</summary>
    private async Task<DomainName> FindZoneAsync(UpdateClient client, string domain, CancellationToken cancellationToken)
    {
        var answer = await client.ResolveAsync(DomainName.Parse(domain), RecordType.Soa, token: cancellationToken) ?? throw Refused(domain, "does not answer");
        return answer.AnswerRecords.Concat(answer.AuthorityRecords).OfType<SoaRecord>().FirstOrDefault()?.Name
            ?? throw Refused(domain, $"has no zone for it ({answer.ReturnCode})");
    }

    private IEnumerable<UpdateBase> UpdatesOf(MailDomainRecord record)
    {
        var name = DomainName.Parse(record.Hostname);
        switch (record.Type)
        {
            case "MX":
                var space = record.Value.IndexOf(' ', StringComparison.Ordinal);
                yield return new DeleteAllRecordsUpdate(name, RecordType.Mx);
                yield return new AddRecordUpdate(new MxRecord(
                    name, TimeToLive, ushort.Parse(record.Value[..space], System.Globalization.CultureInfo.InvariantCulture), DomainName.Parse(record.Value[(space + 1)..])));
                break;
            case "CNAME":
                // RFC 1034 §3.6.2: nothing stands beside an alias.
                yield return new DeleteAllRecordsUpdate(name, RecordType.Any);
                yield return new AddRecordUpdate(new CNameRecord(name, TimeToLive, DomainName.Parse(record.Value)));
                break;
            default:
                foreach (var text in record.Found)
                    yield return new DeleteRecordUpdate(new TxtRecord(name, 0, Parts(text)));
                var isSender = record.Purpose is Purpose.Spf or Purpose.MailFromSpf;
                yield return new AddRecordUpdate(new TxtRecord(name, TimeToLive, Parts(isSender ? Merge(record) : record.Value)));
                break;
        }
    }

    /// <summary>Whoever else sends for the domain goes on doing so.</summary>
    private string Merge(MailDomainRecord record)
    {
        var terms = record.Found.SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)).Distinct(StringComparer.OrdinalIgnoreCase)
            .OrderBy(term => term.EndsWith("all", StringComparison.OrdinalIgnoreCase)).ToList();
        return terms.Count == 0 ? record.Value : $"v=spf1 {required.SpfMechanism} {string.Join(' ', terms)}";
    }

    private static List<string> Parts(string text) => [.. text.Chunk(StringOctetsMax).Select(part => new string(part))];

    private static RpcException Refused(string domain, string reason) => AdminError.Of(
        StatusCode.FailedPrecondition, "MailDomainStateException", $"The name server of Directories:ZoneServer {reason}: nothing of {domain} was changed");
}

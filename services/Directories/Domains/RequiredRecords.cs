using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Group = Mailstead.Contracts.Admin.V1.MailDomainRecordGroup.Types.Value;
using Purpose = Mailstead.Contracts.Admin.V1.MailDomainRecordPurpose.Types.Value;

namespace Mailstead.Directories.Domains;

/// <summary>What the DNS of a domain should have, so that its mail comes here, is found by clients and trusted by others.</summary>
internal sealed class RequiredRecords(InstallationOptions installation, DirectoriesOptions options)
{
    private string Host => installation.Hostname + ".";

    /// <summary>In an SPF record (RFC 7208): who sends mail for our domains.</summary>
    public string SpfMechanism => options.SpfMechanism.Length > 0 ? options.SpfMechanism : $"a:{installation.Hostname}";

    /// <param name="token">Null: ownership needs no proof.</param>
    public List<MailDomainRecord> Of(string domain, string? token, StoredMailDomain setup)
    {
        var records = new List<MailDomainRecord>();
        if (token is not null)
            records.Add(Create(Group.Ownership, Purpose.OwnershipToken, "TXT", OwnershipToken.HostOf(domain), token));
        records.Add(Create(Group.Configuration, Purpose.InboundMail, "MX", domain + ".", $"10 {Host}"));
        records.Add(Create(Group.Configuration, Purpose.Autodiscover, "CNAME", $"autodiscover.{domain}.", Host));
        records.AddRange(setup.DkimKeys.Where(key => key.Use != DkimKeyUse.Retired).Select(
            key => Create(Group.Security, Purpose.Dkim, "TXT", $"{key.Selector}._domainkey.{domain}.", DkimKeys.RecordOf(key))));
        records.Add(Create(Group.Security, Purpose.Spf, "TXT", domain + ".", $"v=spf1 {SpfMechanism} ~all"));
        records.Add(Create(Group.Security, Purpose.Dmarc, "TXT", $"_dmarc.{domain}.", "v=DMARC1;p=quarantine;pct=100;fo=1"));
        if (setup.MailFromDomain.Length > 0)
        {
            records.Add(Create(Group.Delivery, Purpose.MailFromMx, "MX", setup.MailFromDomain + ".", $"10 {Host}"));
            records.Add(Create(Group.Delivery, Purpose.MailFromSpf, "TXT", setup.MailFromDomain + ".", $"v=spf1 {SpfMechanism} ~all"));
        }

        return records;
    }

    /// <summary>What helps clients to find their servers (RFC 6186, RFC 8314 §5.1) and needs no check.</summary>
    public IEnumerable<(string Hostname, string Value)> ServicesOf(string domain) =>
    [
        ($"_imaps._tcp.{domain}.", $"0 1 {installation.PortOf(993)} {Host}"),
        ($"_submissions._tcp.{domain}.", $"0 1 {installation.PortOf(465)} {Host}"),
        ($"_submission._tcp.{domain}.", $"10 1 {installation.PortOf(587)} {Host}"),
    ];

    private static MailDomainRecord Create(Group group, Purpose purpose, string type, string hostname, string value) =>
        new() { Group = group, Purpose = purpose, Type = type, Hostname = hostname, Value = value };
}

using System.Security.Cryptography;
using Mailstead.Protocols.Dkim;
using Mailstead.Protocols.Dns;
using Mailstead.Protocols.Spf;

namespace Mailstead.Protocols.Dmarc;

/// <summary>What DMARC says of a message (RFC 7489 §11.2, RFC 8601 §2.7).</summary>
public enum DmarcOutcome
{
    /// <summary>The domain in From has no policy.</summary>
    None,

    /// <summary>A signature or SPF speaks for the domain in From.</summary>
    Pass,

    /// <summary>Nothing does.</summary>
    Fail,

    /// <summary>DNS could not be asked.</summary>
    TempError,
}

/// <param name="Domain">The domain in From.</param>
/// <param name="Policy">What its owner wants done with mail that fails; none unless it does.</param>
/// <param name="Applied">The same, or the next milder policy when the owner wants that of only a part.</param>
public sealed record DmarcResult(DmarcOutcome Outcome, string Domain, DmarcPolicy Policy, DmarcPolicy Applied);

/// <summary>
/// Asks whether what SPF and DKIM have shown is about the domain that readers see (RFC 7489). Organizational domains are found by walking up the tree of
/// DNS, as DMARCbis does in place of a list of public suffixes.
/// </summary>
public sealed class DmarcCheck(IMailDns dns)
{
    /// <summary>DMARCbis: of longer names only these labels are walked.</summary>
    private const int LabelsMax = 8;

    /// <param name="fromDomain">In its ASCII form.</param>
    public async Task<DmarcResult> RunAsync(string fromDomain, SpfResult spf, IReadOnlyList<DkimResult> signatures, CancellationToken cancellationToken)
    {
        var walk = await WalkAsync(fromDomain, cancellationToken);
        if (walk.IsUncertain)
            return new DmarcResult(DmarcOutcome.TempError, fromDomain, DmarcPolicy.None, DmarcPolicy.None);
        var own = walk.Records.GetValueOrDefault(fromDomain);
        // A public suffix speaks for those below it that say nothing.
        if ((own ?? walk.Records.GetValueOrDefault(walk.Organization) ?? walk.Suffix) is not { } record)
            return new DmarcResult(DmarcOutcome.None, fromDomain, DmarcPolicy.None, DmarcPolicy.None);
        foreach (var signature in signatures.Where(signature => signature.Outcome == DkimOutcome.Pass))
        {
            if (await IsAlignedAsync(signature.Domain, fromDomain, walk.Organization, record.IsDkimStrict, cancellationToken))
                return new DmarcResult(DmarcOutcome.Pass, fromDomain, DmarcPolicy.None, DmarcPolicy.None);
        }

        if (spf.Outcome == SpfOutcome.Pass && await IsAlignedAsync(spf.Domain, fromDomain, walk.Organization, record.IsSpfStrict, cancellationToken))
            return new DmarcResult(DmarcOutcome.Pass, fromDomain, DmarcPolicy.None, DmarcPolicy.None);
        // What can't be told now may be what speaks for it.
        if (spf.Outcome == SpfOutcome.TempError || signatures.Any(signature => signature.Outcome == DkimOutcome.TempError))
            return new DmarcResult(DmarcOutcome.TempError, fromDomain, DmarcPolicy.None, DmarcPolicy.None);
        var policy = own is not null ? record.Policy
            : await ExistsAsync(fromDomain, cancellationToken) ? record.SubdomainPolicy : record.NonexistentPolicy;
        return new DmarcResult(DmarcOutcome.Fail, fromDomain, policy, Sampled(policy, record.Percent));
    }

    /// <summary>RFC 7489 §6.6.4.</summary>
    private static DmarcPolicy Sampled(DmarcPolicy policy, int percent) =>
        policy == DmarcPolicy.None || RandomNumberGenerator.GetInt32(100) < percent ? policy : policy - 1;

    private async Task<bool> IsAlignedAsync(string domain, string fromDomain, string organization, bool isStrict, CancellationToken cancellationToken)
    {
        if (domain.Equals(fromDomain, StringComparison.OrdinalIgnoreCase))
            return true;
        // Two domains of one organization are both within it.
        if (isStrict || !IsIn(domain.ToLowerInvariant(), organization))
            return false;
        return (await WalkAsync(domain.ToLowerInvariant(), cancellationToken)).Organization == organization;
    }

    private async Task<Walk> WalkAsync(string domain, CancellationToken cancellationToken)
    {
        var records = new Dictionary<string, DmarcRecord>(StringComparer.Ordinal);
        var highest = "";
        foreach (var name in Names(domain))
        {
            var answer = await dns.FindTextsAsync("_dmarc." + name, cancellationToken);
            if (answer.Outcome == DnsOutcome.Failed)
                return new Walk(records, domain, IsUncertain: true);
            // Several records are as good as none.
            if (answer.Records.Select(DmarcRecord.TryParse).OfType<DmarcRecord>().ToList() is not [var record])
                continue;
            records[name] = record;
            if (record.IsPublicSuffix == false)
                return new Walk(records, name, IsUncertain: false);
            if (record.IsPublicSuffix == true && name != domain)
                return new Walk(records, domain[^(name.Length + 1 + LabelBefore(domain, name).Length)..], IsUncertain: false) { Suffix = record };
            highest = name;
        }

        return new Walk(records, highest.Length > 0 ? highest : domain, IsUncertain: false);
    }

    private static string LabelBefore(string domain, string suffix)
    {
        var before = domain[..^(suffix.Length + 1)];
        return before[(before.LastIndexOf('.') + 1)..];
    }

    private static IEnumerable<string> Names(string domain)
    {
        yield return domain;
        var labels = domain.Split('.');
        for (var from = labels.Length > LabelsMax ? labels.Length - LabelsMax + 1 : 1; from < labels.Length; from++)
            yield return string.Join('.', labels[from..]);
    }

    private async Task<bool> ExistsAsync(string domain, CancellationToken cancellationToken)
    {
        // NXDOMAIN is the same for every kind of record.
        var answer = await dns.FindAddressesAsync(domain, isIPv6: false, cancellationToken);
        return answer.Outcome != DnsOutcome.NotExistent;
    }

    private static bool IsIn(string name, string domain) => name == domain || name.EndsWith("." + domain, StringComparison.Ordinal);

    private sealed record Walk(Dictionary<string, DmarcRecord> Records, string Organization, bool IsUncertain)
    {
        public DmarcRecord? Suffix { get; init; }
    }
}

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
        var passed = signatures.Where(signature => signature.Outcome == DkimOutcome.Pass).Select(signature => (signature.Domain, IsOfSpf: false)).ToList();
        if (spf.Outcome == SpfOutcome.Pass)
            passed.Add((spf.Domain, IsOfSpf: true));
        var isExact = passed.Any(one => one.Domain.Equals(fromDomain, StringComparison.OrdinalIgnoreCase));
        var (own, isKnown) = await FindAsync(fromDomain, cancellationToken);
        if (!isKnown)
            return new DmarcResult(DmarcOutcome.TempError, fromDomain, DmarcPolicy.None, DmarcPolicy.None);
        // Most mail is decided by the domain's own record; only what it leaves open needs the domains above.
        var walk = own is not null && (isExact || passed.Count == 0) ? new Walk(own, fromDomain, IsUncertain: false) : await WalkAsync(fromDomain, cancellationToken);
        if (walk.IsUncertain)
            return new DmarcResult(DmarcOutcome.TempError, fromDomain, DmarcPolicy.None, DmarcPolicy.None);
        if ((own ?? walk.Record) is not { } record)
            return new DmarcResult(DmarcOutcome.None, fromDomain, DmarcPolicy.None, DmarcPolicy.None);
        foreach (var (domain, isOfSpf) in passed)
        {
            if (isExact || await IsAlignedAsync(domain, walk.Organization, isOfSpf ? record.IsSpfStrict : record.IsDkimStrict, cancellationToken))
                return new DmarcResult(DmarcOutcome.Pass, fromDomain, DmarcPolicy.None, DmarcPolicy.None);
        }

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

    /// <summary>Of a domain that is not the one in From: two domains of one organization are both within it.</summary>
    private async Task<bool> IsAlignedAsync(string domain, string organization, bool isStrict, CancellationToken cancellationToken) =>
        !isStrict && IsIn(domain.ToLowerInvariant(), organization)
        && (await WalkAsync(domain.ToLowerInvariant(), cancellationToken)).Organization == organization;

    private async Task<Walk> WalkAsync(string domain, CancellationToken cancellationToken)
    {
        DmarcRecord? highest = null;
        var organization = domain;
        foreach (var name in Names(domain))
        {
            var (record, isKnown) = await FindAsync(name, cancellationToken);
            // Whether a top-level domain is a public suffix or says nothing, the organization is the one below it.
            if (!isKnown && (highest is null || name.Contains('.', StringComparison.Ordinal)))
                return new Walk(highest, domain, IsUncertain: true);
            if (record is null)
                continue;
            if (record.IsPublicSuffix == false)
                return new Walk(record, name, IsUncertain: false);
            // A public suffix speaks for those below it that say nothing.
            if (record.IsPublicSuffix == true && name != domain)
            {
                var below = domain[^(name.Length + 1 + LabelBefore(domain, name).Length)..];
                return new Walk(below == organization && highest is not null ? highest : record, below, IsUncertain: false);
            }

            (highest, organization) = (record, name);
        }

        return new Walk(highest, organization, IsUncertain: false);
    }

    /// <summary>The domain's record, and whether that could be told. Several records are as good as none.</summary>
    private async Task<(DmarcRecord? Record, bool IsKnown)> FindAsync(string domain, CancellationToken cancellationToken)
    {
        var answer = await dns.FindTextsAsync("_dmarc." + domain, cancellationToken);
        var records = answer.Records.Select(DmarcRecord.TryParse).OfType<DmarcRecord>().ToList();
        return (records is [var record] ? record : null, answer.Outcome != DnsOutcome.Failed);
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

    /// <param name="Record">What speaks for the organization, if anything does.</param>
    private sealed record Walk(DmarcRecord? Record, string Organization, bool IsUncertain);
}

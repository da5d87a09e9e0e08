using System.Globalization;
using Mailstead.Protocols.Dkim;

namespace Mailstead.Protocols.Dmarc;

/// <summary>What a domain's owner wants done with mail that fails.</summary>
public enum DmarcPolicy
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is suspicious.</summary>
    Quarantine,

    /// <summary>It is to be refused.</summary>
    Reject,
}

/// <summary>A policy record (RFC 7489 §6.3, and the tags np, psd and t of its successor, DMARCbis).</summary>
public sealed record DmarcRecord
{
    public required DmarcPolicy Policy { get; init; }

    /// <summary>Of domains below the one that has the record.</summary>
    public required DmarcPolicy SubdomainPolicy { get; init; }

    /// <summary>Of domains below it that are not there at all.</summary>
    public required DmarcPolicy NonexistentPolicy { get; init; }

    public required bool IsDkimStrict { get; init; }

    public required bool IsSpfStrict { get; init; }

    /// <summary>Of 100 messages that fail, so many get the policy, the others the next milder one.</summary>
    public required int Percent { get; init; }

    /// <summary>psd=y: the domain is a public suffix. psd=n: it is an organization's. Null: it does not say.</summary>
    public required bool? IsPublicSuffix { get; init; }

    /// <summary>rua=: who wants aggregate reports, as the record has it.</summary>
    public required string AggregateReports { get; init; }

    /// <summary>Null: it is no record of DMARC, or breaks the grammar so that nothing can be read from it.</summary>
    public static DmarcRecord? TryParse(string text)
    {
        if (TagList.TryParse(text) is not { First: "v" } tags || tags["v"] != "DMARC1")
            return null;
        var reports = tags["rua"] ?? "";
        // RFC 7489 §6.6.3: without a policy that can be read, a record that wants reports is one of policy none.
        if (PolicyOf(tags["p"]) is not { } policy)
        {
            if (reports.Length == 0)
                return null;
            policy = DmarcPolicy.None;
        }

        var subdomains = PolicyOf(tags["sp"]) ?? policy;
        return new DmarcRecord
        {
            Policy = policy,
            SubdomainPolicy = subdomains,
            NonexistentPolicy = PolicyOf(tags["np"]) ?? subdomains,
            IsDkimStrict = IsStrict(tags["adkim"]),
            IsSpfStrict = IsStrict(tags["aspf"]),
            Percent = PercentOf(tags),
            IsPublicSuffix = tags["psd"]?.ToLowerInvariant() switch
            {
                "y" => true,
                "n" => false,
                _ => null,
            },
            AggregateReports = reports,
        };
    }

    private static bool IsStrict(string? mode) => mode is "s" or "S";

    private static int PercentOf(TagList tags)
    {
        if (tags["t"] is "y" or "Y")
            return 0;
        return int.TryParse(tags["pct"], NumberStyles.None, CultureInfo.InvariantCulture, out var percent) ? Math.Clamp(percent, 0, 100) : 100;
    }

    private static DmarcPolicy? PolicyOf(string? text) => text?.ToLowerInvariant() switch
    {
        "none" => DmarcPolicy.None,
        "quarantine" => DmarcPolicy.Quarantine,
        "reject" => DmarcPolicy.Reject,
        _ => null,
    };
}

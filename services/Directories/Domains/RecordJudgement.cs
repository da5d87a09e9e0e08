using Mailstead.Contracts.Admin.V1;
using Purpose = Mailstead.Contracts.Admin.V1.MailDomainRecordPurpose.Types.Value;
using Status = Mailstead.Contracts.Admin.V1.MailDomainRecordStatus.Types.Value;

namespace Mailstead.Directories.Domains;

/// <summary>Whether what DNS has is what it should have.</summary>
internal static class RecordJudgement
{
    /// <summary>What is not proved by then has failed; it is looked for all the same.</summary>
    public static readonly TimeSpan ProofTime = TimeSpan.FromHours(72);

    /// <param name="found">What DNS has at the record's name: texts, <c>10 host.</c> of MX, the names that a CNAME leads to.</param>
    /// <param name="isLate">The time for proofs is over.</param>
    public static Status Of(MailDomainRecord wanted, IReadOnlyList<string> found, string spfMechanism, bool isLate) => wanted.Purpose switch
    {
        Purpose.OwnershipToken => Proof(found.Contains(wanted.Value), isAnother: false, isLate),
        Purpose.Dkim => DkimStatus(wanted.Value, found, isLate),
        Purpose.InboundMail => Presence(found.Count > 0, IsBest(wanted.Value, found)),
        Purpose.MailFromMx => Proof(IsBest(wanted.Value, found), found.Count > 0, isLate),
        Purpose.Autodiscover => Presence(found.Count > 0, found.Contains(wanted.Value, StringComparer.OrdinalIgnoreCase)),
        Purpose.Spf or Purpose.MailFromSpf => SpfStatus(found, spfMechanism),
        Purpose.Dmarc => DmarcStatus(found),
        _ => Status.Unspecified,
    };

    /// <summary>Of all texts at a name those that belong to a purpose; others have theirs there too.</summary>
    public static bool IsOf(Purpose purpose, string text) => purpose switch
    {
        Purpose.Spf or Purpose.MailFromSpf => text.Equals("v=spf1", StringComparison.OrdinalIgnoreCase) || text.StartsWith("v=spf1 ", StringComparison.OrdinalIgnoreCase),
        Purpose.Dmarc => text.TrimStart().StartsWith("v=DMARC1", StringComparison.Ordinal),
        _ => true,
    };

    private static Status Proof(bool isThere, bool isAnother, bool isLate) => isThere ? Status.Verified : isAnother || isLate ? Status.Failed : Status.Pending;

    private static Status Presence(bool isThere, bool isRight) => isRight ? Status.Verified : isThere ? Status.Inconsistent : Status.Missing;

    /// <summary>RFC 6376 §3.6.1: spaces between tags and within the key do not matter.</summary>
    private static Status DkimStatus(string wanted, IReadOnlyList<string> found, bool isLate)
    {
        var key = TagOf(wanted, "p");
        return Proof(found.Any(text => TagOf(text, "p") == key), found.Count > 0, isLate);
    }

    /// <summary>Mail comes to the exchanger of the lowest preference; with another beside it, some of it goes there.</summary>
    private static bool IsBest(string wanted, IReadOnlyList<string> found)
    {
        var exchangers = found.Select(Split).ToList();
        var best = exchangers.Where(one => one.Preference == exchangers.Min(other => other.Preference)).ToList();
        return best is [var only] && only.Host.Equals(Split(wanted).Host, StringComparison.OrdinalIgnoreCase);
    }

    private static (int Preference, string Host) Split(string exchanger)
    {
        var parts = exchanger.Split(' ', 2);
        return (int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), parts[1]);
    }

    /// <summary>RFC 7208 §4.5: with more than one record there is none.</summary>
    private static Status SpfStatus(IReadOnlyList<string> found, string mechanism)
    {
        bool IsOurs(string term) => term.TrimStart('+').Equals(mechanism, StringComparison.OrdinalIgnoreCase);
        return Presence(found.Count > 0, found is [var only] && only.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(IsOurs));
    }

    /// <summary>RFC 7489 §6.3: the policy is the owner's to choose, and there must be one.</summary>
    private static Status DmarcStatus(IReadOnlyList<string> found) =>
        Presence(found.Count > 0, found is [var only] && TagOf(only, "p") is "none" or "quarantine" or "reject");

    private static string? TagOf(string text, string name) => text.Split(';').Select(tag => tag.Split('=', 2))
        .Where(tag => tag.Length == 2 && tag[0].Trim() == name).Select(tag => tag[1].Replace(" ", "", StringComparison.Ordinal).Trim()).FirstOrDefault();
}

using Mailstead.Protocols.Addresses;

namespace Mailstead.Protocols.MailFlow;

/// <summary>Whom a rule is about: an address, a domain, a domain with all below it (<c>*.example.com</c>), or everybody (<c>*</c>).</summary>
/// <param name="Text">As it is compared: lower case, domains in ASCII.</param>
/// <param name="Rank">How specific: an address before a domain, that before a wildcard, the longer wildcard before the shorter, <c>*</c> last.</param>
public sealed record MailPattern(string Text, int Rank)
{
    private const int AddressRank = int.MaxValue;
    private const int DomainRank = int.MaxValue - 1;
    private const string Everybody = "*";
    private const string Wildcard = "*.";

    /// <summary>Null: it is no pattern.</summary>
    public static MailPattern? TryParse(string text)
    {
        if (text == Everybody)
            return new MailPattern(text, 0);
        if (text.Contains('+', StringComparison.Ordinal))
            return null;
        if (text.Contains('@', StringComparison.Ordinal))
            return MailAddress.TryParse(text, out var address) && !text.Contains('*', StringComparison.Ordinal) ? new MailPattern(address.ToString(), AddressRank) : null;
        var isWildcard = text.StartsWith(Wildcard, StringComparison.Ordinal);
        if (MailAddress.NormalizeDomain(isWildcard ? text[Wildcard.Length..] : text) is not { } domain
            || (!isWildcard && !domain.Contains('.', StringComparison.Ordinal)))
            return null;
        return isWildcard ? new MailPattern(Wildcard + domain, domain.Split('.').Length) : new MailPattern(domain, DomainRank);
    }

    public bool Matches(MailAddress address) => Rank switch
    {
        0 => true,
        // Who adds something behind a plus is still the same.
        AddressRank => Text == address.ToString() || Text == WithoutDetail(address),
        DomainRank => Text == address.Domain,
        _ => address.Domain == Text[Wildcard.Length..] || address.Domain.EndsWith(Text[1..], StringComparison.Ordinal),
    };

    private static string WithoutDetail(MailAddress address)
    {
        var plus = address.LocalPart.IndexOf('+', StringComparison.Ordinal);
        return plus > 0 ? $"{address.LocalPart[..plus]}@{address.Domain}" : address.ToString();
    }
}

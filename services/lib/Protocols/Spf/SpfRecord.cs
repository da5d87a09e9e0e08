using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mailstead.Protocols.Spf;

/// <summary>One mechanism of a record (RFC 7208 §5).</summary>
/// <param name="Domain">The domain-spec as it stands, macros and all; empty: the domain that the record is of.</param>
internal sealed record SpfMechanism(SpfOutcome Qualifier, string Name, string Domain, int PrefixIPv4, int PrefixIPv6, IPAddress? Network)
{
    public override string ToString() => Domain.Length > 0 ? $"{Name}:{Domain}" : Network is not null ? $"{Name}:{Network}" : Name;
}

/// <summary>An SPF record (RFC 7208 §4.5, §12).</summary>
internal sealed class SpfRecord
{
    private const string Version = "v=spf1";

    public List<SpfMechanism> Mechanisms { get; } = [];

    public string? Redirect { get; private set; }

    public string? Explanation { get; private set; }

    /// <summary>§4.5: the version is a word of its own.</summary>
    public static bool IsOne(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>Null: it breaks the grammar, in <paramref name="wrong"/>.</summary>
    public static SpfRecord? TryParse(string text, out string wrong)
    {
        var record = new SpfRecord();
        foreach (var term in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            wrong = term;
            if (!term.All(letter => letter is > ' ' and <= '~') || !record.TryAdd(term))
                return null;
        }

        wrong = "";
        return record;
    }

    private bool TryAdd(string term)
    {
        var equals = term.IndexOf('=', StringComparison.Ordinal);
        var nameEnd = term.AsSpan().IndexOfAny(":/");
        if (equals > 0 && (nameEnd < 0 || equals < nameEnd))
            return TryAddModifier(term[..equals], term[(equals + 1)..]);
        var qualifier = term[0] switch
        {
            '-' => SpfOutcome.Fail,
            '~' => SpfOutcome.SoftFail,
            '?' => SpfOutcome.Neutral,
            _ => SpfOutcome.Pass,
        };
        var bare = term[0] is '+' or '-' or '~' or '?' ? term[1..] : term;
        if (TryParseMechanism(qualifier, bare) is not { } mechanism)
            return false;
        Mechanisms.Add(mechanism);
        return true;
    }

    private bool TryAddModifier(string name, string value)
    {
        if (!char.IsAsciiLetter(name[0]) || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
            return false;
        switch (name.ToLowerInvariant())
        {
            case "redirect" when Redirect is null && SpfMacro.IsDomainSpec(value):
                Redirect = value;
                return true;
            case "exp" when Explanation is null && SpfMacro.IsDomainSpec(value):
                Explanation = value;
                return true;
            case "redirect" or "exp":
                return false;
            default:
                // §6: others are passed over, as long as their value is one.
                return SpfMacro.IsMacroString(value);
        }
    }

    private static SpfMechanism? TryParseMechanism(SpfOutcome qualifier, string text)
    {
        var end = text.AsSpan().IndexOfAny(":/");
        var name = (end < 0 ? text : text[..end]).ToLowerInvariant();
        var rest = end < 0 ? "" : text[end..];
        return name switch
        {
            "all" => rest.Length == 0 ? new SpfMechanism(qualifier, name, "", 0, 0, null) : null,
            "include" or "exists" => rest.StartsWith(':') && SpfMacro.IsDomainSpec(rest[1..]) ? new SpfMechanism(qualifier, name, rest[1..], 32, 128, null) : null,
            "ptr" => rest.Length == 0 || (rest[0] == ':' && SpfMacro.IsDomainSpec(rest[1..])) ? new SpfMechanism(qualifier, name, rest.TrimStart(':'), 32, 128, null) : null,
            "a" or "mx" => TryParseHosts(qualifier, name, rest),
            "ip4" => TryParseNetwork(qualifier, name, rest, AddressFamily.InterNetwork, 32),
            "ip6" => TryParseNetwork(qualifier, name, rest, AddressFamily.InterNetworkV6, 128),
            _ => null,
        };
    }

    private static SpfMechanism? TryParseHosts(SpfOutcome qualifier, string name, string rest)
    {
        var (four, six) = (32, 128);
        var dual = rest.IndexOf("//", StringComparison.Ordinal);
        if (dual >= 0)
        {
            if (!TryPrefix(rest[(dual + 2)..], 128, out six))
                return null;
            rest = rest[..dual];
        }

        var slash = rest.LastIndexOf('/');
        // A slash may be part of a name, or of a macro: %{d/}.
        if (slash >= 0 && rest.AsSpan(slash + 1).IndexOfAnyExceptInRange('0', '9') < 0)
        {
            if (!TryPrefix(rest[(slash + 1)..], 32, out four))
                return null;
            rest = rest[..slash];
        }

        if (rest.Length == 0)
            return new SpfMechanism(qualifier, name, "", four, six, null);
        return rest[0] == ':' && SpfMacro.IsDomainSpec(rest[1..]) ? new SpfMechanism(qualifier, name, rest[1..], four, six, null) : null;
    }

    private static SpfMechanism? TryParseNetwork(SpfOutcome qualifier, string name, string rest, AddressFamily family, int bits)
    {
        if (!rest.StartsWith(':'))
            return null;
        var pieces = rest[1..].Split('/');
        var prefix = bits;
        if (pieces.Length > 2 || (pieces.Length == 2 && !TryPrefix(pieces[1], bits, out prefix)))
            return null;
        var isAddress = family == AddressFamily.InterNetwork ? IsIPv4(pieces[0]) : !pieces[0].Contains('%', StringComparison.Ordinal);
        return isAddress && IPAddress.TryParse(pieces[0], out var network) && network.AddressFamily == family
            ? new SpfMechanism(qualifier, name, "", family == AddressFamily.InterNetwork ? prefix : 32, family == AddressFamily.InterNetwork ? 128 : prefix, network)
            : null;
    }

    /// <summary>Four decimal numbers: <see cref="IPAddress"/> also reads fewer, octal and hexadecimal ones.</summary>
    private static bool IsIPv4(string text) => text.Split('.') is { Length: 4 } numbers
        && numbers.All(number => number.Length is > 0 and <= 3 && number.All(char.IsAsciiDigit) && (number.Length == 1 || number[0] != '0')
            && int.Parse(number, CultureInfo.InvariantCulture) <= 255);

    private static bool TryPrefix(string text, int max, out int prefix)
    {
        prefix = max;
        return text.Length is > 0 and <= 3 && text.All(char.IsAsciiDigit) && (text.Length == 1 || text[0] != '0')
            && (prefix = int.Parse(text, CultureInfo.InvariantCulture)) <= max;
    }
}

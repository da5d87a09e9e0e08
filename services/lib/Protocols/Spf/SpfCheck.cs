using System.Net;
using System.Net.Sockets;
using Mailstead.Protocols.Dns;

namespace Mailstead.Protocols.Spf;

/// <summary>
/// check_host() of RFC 7208 §4: may this client send in this domain's name? All look-ups of a question are counted together, whatever records
/// include or redirect to.
/// </summary>
public sealed class SpfCheck
{
    /// <summary>§4.6.4: terms that cause look-ups.</summary>
    private const int TermsMax = 10;

    /// <summary>§4.6.4: names that lead nowhere.</summary>
    private const int VoidsMax = 2;

    /// <summary>§4.6.4: the servers of one mx mechanism, and the names of one ptr or macro p.</summary>
    private const int NamesMax = 10;

    private readonly IMailDns dns;
    private readonly SpfQuestion question;
    private readonly TimeProvider clock;
    private int terms;
    private int voids;
    private string? clientName;

    private SpfCheck(IMailDns dns, SpfQuestion question, TimeProvider clock) => (this.dns, this.question, this.clock) = (dns, question, clock);

    /// <summary>Never fails: what goes wrong is a result.</summary>
    public static async Task<SpfResult> RunAsync(IMailDns dns, SpfQuestion question, TimeProvider clock, CancellationToken cancellationToken)
    {
        var plain = question with { Client = question.Client.IsIPv4MappedToIPv6 ? question.Client.MapToIPv4() : question.Client };
        var check = new SpfCheck(dns, plain, clock);
        try
        {
            return await check.RunAsync(plain.SenderDomain.TrimEnd('.').ToLowerInvariant(), isTop: true, cancellationToken);
        }
        catch (SpfException end)
        {
            return new SpfResult(end.Outcome, plain.SenderDomain, end.Message);
        }
    }

    private async Task<SpfResult> RunAsync(string domain, bool isTop, CancellationToken cancellationToken)
    {
        if (!IsName(domain))
            return new SpfResult(SpfOutcome.None, domain, "there is no domain to ask about");
        var answer = await dns.FindTextsAsync(domain, cancellationToken);
        if (answer.Outcome == DnsOutcome.Failed)
            throw new SpfException(SpfOutcome.TempError, $"{domain} can't be looked up");
        var texts = answer.Records.Where(SpfRecord.IsOne).ToList();
        if (texts.Count == 0)
            return new SpfResult(SpfOutcome.None, domain, $"{domain} has no SPF record");
        if (texts.Count > 1)
            throw new SpfException(SpfOutcome.PermError, $"{domain} has several SPF records");
        var record = SpfRecord.TryParse(texts[0], out var wrong)
            ?? throw new SpfException(SpfOutcome.PermError, $"the SPF record of {domain} has '{wrong}'");
        foreach (var mechanism in record.Mechanisms)
        {
            if (await MatchesAsync(mechanism, domain, cancellationToken))
                return await MatchedAsync(record, mechanism, domain, isTop, cancellationToken);
        }

        return record.Redirect is { } redirect
            ? await RedirectAsync(redirect, domain, isTop, cancellationToken)
            : new SpfResult(SpfOutcome.Neutral, domain, $"nothing in the SPF record of {domain} is about {question.Client}");
    }

    private async Task<SpfResult> MatchedAsync(SpfRecord record, SpfMechanism mechanism, string domain, bool isTop, CancellationToken cancellationToken)
    {
        var explanation = mechanism.Qualifier == SpfOutcome.Fail && isTop && record.Explanation is { } spec ? await ExplainAsync(spec, domain, cancellationToken) : "";
        return new SpfResult(mechanism.Qualifier, domain, $"{mechanism} of {domain} is about {question.Client}", explanation);
    }

    private async Task<SpfResult> RedirectAsync(string spec, string domain, bool isTop, CancellationToken cancellationToken)
    {
        CountTerm();
        var target = await NameAsync(spec, domain, cancellationToken);
        var result = await RunAsync(target, isTop, cancellationToken);
        return result.Outcome == SpfOutcome.None
            ? throw new SpfException(SpfOutcome.PermError, $"{domain} redirects to {target}, which has no SPF record")
            : result;
    }

    private async Task<bool> MatchesAsync(SpfMechanism mechanism, string domain, CancellationToken cancellationToken)
    {
        if (mechanism.Name is "include" or "exists" or "a" or "mx" or "ptr")
            CountTerm();
        switch (mechanism.Name)
        {
            case "all":
                return true;
            case "ip4" or "ip6":
                return Contains(mechanism, mechanism.Network!);
            case "ptr":
                return await IsNamedAsync(mechanism.Domain.Length > 0 ? await NameAsync(mechanism.Domain, domain, cancellationToken) : domain, cancellationToken);
        }

        var target = mechanism.Domain.Length > 0 ? await NameAsync(mechanism.Domain, domain, cancellationToken) : domain;
        return mechanism.Name switch
        {
            "include" => await IncludesAsync(target, cancellationToken),
            "exists" => (await AddressesAsync(target, isIPv6: false, cancellationToken)).Count > 0,
            "mx" => await IsExchangerAsync(mechanism, target, cancellationToken),
            _ => await IsAtAsync(mechanism, target, cancellationToken),
        };
    }

    private async Task<bool> IncludesAsync(string target, CancellationToken cancellationToken)
    {
        var result = await RunAsync(target, isTop: false, cancellationToken);
        return result.Outcome switch
        {
            SpfOutcome.Pass => true,
            SpfOutcome.None => throw new SpfException(SpfOutcome.PermError, $"{target} is included and has no SPF record"),
            _ => false,
        };
    }

    private async Task<bool> IsExchangerAsync(SpfMechanism mechanism, string target, CancellationToken cancellationToken)
    {
        var answer = Count(await dns.FindExchangersAsync(target, cancellationToken), target);
        if (answer.Count > NamesMax)
            throw new SpfException(SpfOutcome.PermError, $"{target} has more than {NamesMax} mail servers");
        foreach (var exchanger in answer)
        {
            // §4.6.4 counts the void look-ups of terms; those of the servers are bounded by their number.
            var addresses = await dns.FindAddressesAsync(exchanger, IsIPv6, cancellationToken);
            if (Known(addresses, exchanger).Any(address => Contains(mechanism, address)))
                return true;
        }

        return false;
    }

    private async Task<bool> IsAtAsync(SpfMechanism mechanism, string target, CancellationToken cancellationToken) =>
        (await AddressesAsync(target, IsIPv6, cancellationToken)).Any(address => Contains(mechanism, address));

    private async Task<IReadOnlyList<IPAddress>> AddressesAsync(string name, bool isIPv6, CancellationToken cancellationToken) =>
        IsName(name) ? Count(await dns.FindAddressesAsync(name, isIPv6, cancellationToken), name) : [];

    /// <summary>§5.5: a name of the client's, in the target, that leads back to the client.</summary>
    private async Task<bool> IsNamedAsync(string target, CancellationToken cancellationToken) =>
        (await NamesAsync(cancellationToken)).Any(name => IsIn(name, target));

    /// <summary>The client's names that lead back to it. DNS that can't be asked here is no error: they are none (§5.5).</summary>
    private async Task<List<string>> NamesAsync(CancellationToken cancellationToken)
    {
        var answer = await dns.FindNamesAsync(question.Client, cancellationToken);
        if (answer.IsVoid)
            CountVoid();
        var names = new List<string>();
        foreach (var name in answer.Records.Take(NamesMax))
        {
            var addresses = await dns.FindAddressesAsync(name, IsIPv6, cancellationToken);
            if (addresses.Records.Contains(question.Client))
                names.Add(name.TrimEnd('.').ToLowerInvariant());
        }

        return names;
    }

    private async Task<string> NameAsync(string spec, string domain, CancellationToken cancellationToken) =>
        SpfMacro.ExpandName(spec, question, domain, await ClientNameAsync(spec, domain, cancellationToken), clock.GetUtcNow())
        ?? throw new SpfException(SpfOutcome.PermError, $"'{spec}' is no name");

    /// <summary>§7.3: a name in the domain itself before one below it, before any other.</summary>
    private async Task<string> ClientNameAsync(string spec, string domain, CancellationToken cancellationToken)
    {
        if (!SpfMacro.UsesClientName(spec))
            return "";
        if (clientName is null)
        {
            var names = await NamesAsync(cancellationToken);
            clientName = names.Find(name => name == domain) ?? names.Find(name => IsIn(name, domain)) ?? names.FirstOrDefault() ?? "unknown";
        }

        return clientName;
    }

    /// <summary>§6.2: whatever goes wrong here, there is no explanation.</summary>
    private async Task<string> ExplainAsync(string spec, string domain, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await dns.FindTextsAsync(await NameAsync(spec, domain, cancellationToken), cancellationToken);
            if (answer.Records is not [var text] || !SpfMacro.IsMacroString(text.Replace(' ', '_')))
                return "";
            var explanation = SpfMacro.Expand(text, question, domain, await ClientNameAsync(text, domain, cancellationToken), clock.GetUtcNow(), isExplanation: true) ?? "";
            return explanation.All(letter => letter is >= ' ' and <= '~') ? explanation : "";
        }
        catch (SpfException)
        {
            return "";
        }
    }

    private bool IsIPv6 => question.Client.AddressFamily == AddressFamily.InterNetworkV6;

    private bool Contains(SpfMechanism mechanism, IPAddress network)
    {
        if (network.AddressFamily != question.Client.AddressFamily)
            return false;
        var prefix = IsIPv6 ? mechanism.PrefixIPv6 : mechanism.PrefixIPv4;
        var (left, right) = (network.GetAddressBytes(), question.Client.GetAddressBytes());
        for (var i = 0; i < left.Length && prefix > 0; i++, prefix -= 8)
        {
            var mask = prefix >= 8 ? 0xFF : 0xFF << (8 - prefix);
            if (((left[i] ^ right[i]) & mask) != 0)
                return false;
        }

        return true;
    }

    private IReadOnlyList<T> Count<T>(DnsAnswer<T> answer, string name)
    {
        if (answer.IsVoid)
            CountVoid();
        return Known(answer, name);
    }

    private static IReadOnlyList<T> Known<T>(DnsAnswer<T> answer, string name) => answer.Outcome == DnsOutcome.Failed
        ? throw new SpfException(SpfOutcome.TempError, $"{name} can't be looked up")
        : answer.Records;

    private void CountTerm()
    {
        if (++terms > TermsMax)
            throw new SpfException(SpfOutcome.PermError, $"the SPF records have more than {TermsMax} terms that cause look-ups");
    }

    private void CountVoid()
    {
        if (++voids > VoidsMax)
            throw new SpfException(SpfOutcome.PermError, $"the SPF records have more than {VoidsMax} names that lead nowhere");
    }

    private static bool IsIn(string name, string domain) =>
        name.Equals(domain, StringComparison.OrdinalIgnoreCase) || name.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase);

    /// <summary>§4.3: a multi-label name with labels of 1 to 63 octets.</summary>
    private static bool IsName(string domain) => domain.Length is > 0 and <= 253 && domain.Contains('.', StringComparison.Ordinal)
        && domain.Split('.').All(label => label.Length is > 0 and <= 63) && domain.All(letter => letter is >= ' ' and <= '~' and not ('[' or ']'));

    private sealed class SpfException(SpfOutcome outcome, string reason) : Exception(reason)
    {
        public SpfOutcome Outcome => outcome;
    }
}

using System.Net;
using System.Text;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Hosting;
using Mailstead.Protocols.Addresses;
using Mailstead.Protocols.Dkim;
using Mailstead.Protocols.Dmarc;
using Mailstead.Protocols.Mime;
using Mailstead.Protocols.Spf;

namespace Mailstead.Delivery.Authentication;

/// <summary>What was found out about who sent a message.</summary>
/// <param name="Fields">Authentication-Results and Received-SPF, for its copies.</param>
/// <param name="Dmarc">The worst of the domains in From.</param>
internal sealed record AuthenticationVerdict(SpfResult Spf, IReadOnlyList<DkimResult> Signatures, DmarcResult Dmarc, string Fields);

/// <summary>
/// Authenticates inbound messages while they stream in: SPF is asked for with the envelope, keys of signatures with the header, DMARC's policies behind
/// both. All of it together has <see cref="DeliveryOptions.AuthenticationBudget"/>; what is not known by then is a temporary error.
/// </summary>
internal sealed class Authenticator(MailDns dns, InstallationOptions installation, DeliveryOptions options, TimeProvider clock)
{
    /// <summary>Null: nobody outside has sent it.</summary>
    public MessageChecks? Begin(Envelope envelope) =>
        options.AuthenticateMail && envelope.Direction == Direction.Inbound && IPAddress.TryParse(envelope.ClientAddress, out var client)
            ? new MessageChecks(dns, installation.Hostname, envelope, client, options.AuthenticationBudget, clock)
            : null;
}

/// <summary>The checks of one message.</summary>
internal sealed class MessageChecks : IDisposable
{
    /// <summary>Addresses of more domains in From are nobody's honest mail; the first ones tell enough.</summary>
    private const int FromDomainsMax = 3;

    private readonly MailDns dns;
    private readonly string host;
    private readonly Envelope envelope;
    private readonly IPAddress client;
    private readonly TimeProvider clock;
    private readonly CancellationTokenSource budget;
    private readonly Task<SpfResult> spf;
    private DkimVerification? dkim;
    private byte[] header = [];

    public MessageChecks(MailDns dns, string host, Envelope envelope, IPAddress client, TimeSpan time, TimeProvider clock)
    {
        (this.dns, this.host, this.envelope, this.client, this.clock) = (dns, host, envelope, client, clock);
        budget = new CancellationTokenSource(time, clock);
        var sender = envelope.ReturnPath.Length > 0 ? envelope.ReturnPath : "postmaster@" + envelope.ClientName;
        // Addresses are compared in DNS by their ASCII form.
        var ascii = MailAddress.NormalizeDomain(sender[(sender.LastIndexOf('@') + 1)..]) is { } domain ? sender[..(sender.LastIndexOf('@') + 1)] + domain : sender;
        spf = SpfCheck.RunAsync(dns, new SpfQuestion(client, ascii, envelope.ClientName, host), clock, budget.Token);
    }

    /// <param name="whole">The header, its last line end included; empty when it was too long to be read.</param>
    public void AppendHeader(ReadOnlyMemory<byte> whole)
    {
        header = whole.ToArray();
        dkim = new DkimVerification(header, dns, clock, budget.Token);
    }

    public void AppendBody(ReadOnlySpan<byte> body) => dkim?.Append(body);

    public async Task<AuthenticationVerdict> CompleteAsync()
    {
        var signatures = dkim is null ? [] : await dkim.CompleteAsync();
        var sender = await spf;
        var dmarc = await JudgeAsync(sender, signatures);
        var fields = AuthenticationResults.Write(host, sender, envelope.ReturnPath, envelope.ClientName, signatures, dmarc)
            + AuthenticationResults.WriteReceivedSpf(host, sender, client.ToString(), envelope.ReturnPath, envelope.ClientName);
        return new AuthenticationVerdict(sender, signatures, dmarc, fields);
    }

    public void Dispose()
    {
        dkim?.Dispose();
        budget.Dispose();
    }

    private async Task<DmarcResult> JudgeAsync(SpfResult sender, IReadOnlyList<DkimResult> signatures)
    {
        var worst = new DmarcResult(DmarcOutcome.None, "", DmarcPolicy.None, DmarcPolicy.None);
        var check = new DmarcCheck(dns);
        foreach (var domain in FromDomains())
        {
            var result = await check.RunAsync(domain, sender, signatures, budget.Token);
            if (worst.Domain.Length == 0 || Rank(result) > Rank(worst))
                worst = result;
        }

        return worst;
    }

    private static int Rank(DmarcResult result) => result.Outcome switch
    {
        DmarcOutcome.Fail => 10 + (int)result.Applied,
        DmarcOutcome.TempError => 2,
        DmarcOutcome.None => 1,
        _ => 0,
    };

    private List<string> FromDomains()
    {
        var domains = new List<string>();
        var fields = new HeaderFields(header);
        while (fields.MoveNext())
        {
            if (!Ascii.EqualsIgnoreCase(fields.Name, "From"u8))
                continue;
            foreach (var entry in AddressList.Parse(fields.RawValue))
            {
                if (entry.Host is { Length: > 0 } from && MailAddress.NormalizeDomain(from) is { } domain && !domains.Contains(domain) && domains.Count < FromDomainsMax)
                    domains.Add(domain);
            }
        }

        return domains;
    }
}

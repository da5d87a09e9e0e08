using System.Text;
using Mailstead.Protocols.Dkim;
using Mailstead.Protocols.Dmarc;
using Mailstead.Protocols.Spf;
using Mailstead.Unit.Protocols.Dns;

namespace Mailstead.Unit.Protocols.Dmarc;

/// <summary>Which domain a policy is of, whether what was shown is about it, and what is to be done.</summary>
public sealed class DmarcTests
{
    private readonly ZoneDns dns = new ZoneDns()
        .Add("_dmarc.example.org", "TXT", "v=DMARC1; p=reject; sp=quarantine; np=none; rua=mailto:r@example.org")
        .Add("_dmarc.strict.example.org", "TXT", "v=DMARC1; p=quarantine; adkim=s; aspf=s")
        .Add("_dmarc.test.example", "TXT", "v=DMARC1; p=reject; t=y")
        .Add("_dmarc.zero.example", "TXT", "v=DMARC1; p=quarantine; pct=0")
        .Add("_dmarc.suffix.example", "TXT", "v=DMARC1; p=reject; psd=y")
        .Add("_dmarc.own.unit.example", "TXT", "v=DMARC1; p=reject; psd=n")
        .Add("_dmarc.unit.example", "TXT", "v=DMARC1; p=none")
        .Add("_dmarc.reports.example", "TXT", "v=DMARC1; rua=mailto:r@reports.example")
        .Add("_dmarc.twice.example", "TXT", "v=DMARC1; p=reject").Add("_dmarc.twice.example", "TXT", "v=DMARC1; p=none")
        .Add("_dmarc.slow.example", "TIMEOUT").Add("_dmarc.broken", "TIMEOUT")
        .Add("_dmarc.under.broken", "TXT", "v=DMARC1; p=reject")
        .Add("_dmarc.below.slow.example", "TXT", "v=DMARC1; p=reject")
        .Add("a.suffix.example", "A", "192.0.2.1").Add("there.example.org", "A", "192.0.2.1").Add("strict.example.org", "A", "192.0.2.1");

    [Theory]
    // Identifiers that passed: of SPF, of DKIM.
    [InlineData("example.org", "example.org", "", DmarcOutcome.Pass, DmarcPolicy.None)]
    [InlineData("example.org", "bounce.example.org", "", DmarcOutcome.Pass, DmarcPolicy.None)]
    [InlineData("example.org", "", "news.example.org", DmarcOutcome.Pass, DmarcPolicy.None)]
    [InlineData("example.org", "example.net", "example.com", DmarcOutcome.Fail, DmarcPolicy.Reject)]
    [InlineData("example.org", "notexample.org", "", DmarcOutcome.Fail, DmarcPolicy.Reject)]
    [InlineData("there.example.org", "", "", DmarcOutcome.Fail, DmarcPolicy.Quarantine)]
    [InlineData("nowhere.example.org", "", "", DmarcOutcome.Fail, DmarcPolicy.None)]
    [InlineData("there.example.org", "example.org", "", DmarcOutcome.Pass, DmarcPolicy.None)]
    [InlineData("strict.example.org", "example.org", "example.org", DmarcOutcome.Fail, DmarcPolicy.Quarantine)]
    [InlineData("strict.example.org", "", "strict.example.org", DmarcOutcome.Pass, DmarcPolicy.None)]
    [InlineData("test.example", "", "", DmarcOutcome.Fail, DmarcPolicy.Quarantine)]
    [InlineData("zero.example", "", "", DmarcOutcome.Fail, DmarcPolicy.None)]
    // Below a public suffix two names are two organizations.
    [InlineData("a.suffix.example", "b.suffix.example", "", DmarcOutcome.Fail, DmarcPolicy.Reject)]
    [InlineData("a.suffix.example", "mail.a.suffix.example", "", DmarcOutcome.Pass, DmarcPolicy.None)]
    [InlineData("own.unit.example", "other.unit.example", "", DmarcOutcome.Fail, DmarcPolicy.Reject)]
    [InlineData("reports.example", "", "", DmarcOutcome.Fail, DmarcPolicy.None)]
    [InlineData("twice.example", "", "", DmarcOutcome.None, DmarcPolicy.None)]
    [InlineData("slow.example", "", "", DmarcOutcome.TempError, DmarcPolicy.None)]
    // Its own record is enough, until something else speaks for it.
    [InlineData("below.slow.example", "below.slow.example", "", DmarcOutcome.Pass, DmarcPolicy.None)]
    [InlineData("below.slow.example", "", "", DmarcOutcome.Fail, DmarcPolicy.Reject)]
    [InlineData("below.slow.example", "a.below.slow.example", "", DmarcOutcome.TempError, DmarcPolicy.None)]
    [InlineData("under.broken", "a.under.broken", "", DmarcOutcome.Pass, DmarcPolicy.None)]
    [InlineData("example.com", "", "", DmarcOutcome.None, DmarcPolicy.None)]
    public async Task Mail_is_judged(string from, string spfDomain, string dkimDomain, DmarcOutcome outcome, DmarcPolicy applied)
    {
        var spf = new SpfResult(spfDomain.Length > 0 ? SpfOutcome.Pass : SpfOutcome.None, spfDomain, "");
        DkimResult[] signatures = dkimDomain.Length > 0 ? [new DkimResult(DkimOutcome.Pass, dkimDomain, "s", "", "")] : [];
        var result = await new DmarcCheck(dns).RunAsync(from, spf, signatures, CancellationToken.None);
        Assert.Equal((outcome, applied), (result.Outcome, result.Applied));
    }

    [Fact]
    public async Task What_can_not_be_told_yet_is_not_failed()
    {
        var spf = new SpfResult(SpfOutcome.TempError, "example.org", "");
        Assert.Equal(DmarcOutcome.TempError, (await new DmarcCheck(dns).RunAsync("example.org", spf, [], CancellationToken.None)).Outcome);
        DkimResult[] signatures = [new DkimResult(DkimOutcome.TempError, "example.org", "s", "", "")];
        spf = new SpfResult(SpfOutcome.Fail, "example.org", "");
        Assert.Equal(DmarcOutcome.TempError, (await new DmarcCheck(dns).RunAsync("example.org", spf, signatures, CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Long_names_are_walked_in_a_few_steps()
    {
        await new DmarcCheck(dns).RunAsync("a.b.c.d.e.f.g.h.i.j.k.l.example.net", new SpfResult(SpfOutcome.None, "", ""), [], CancellationToken.None);
        var asked = dns.Asked.Distinct().ToList();
        Assert.Equal(8, asked.Count);
        Assert.Equal("TXT _dmarc.h.i.j.k.l.example.net", asked[1]);
    }

    [Theory]
    [InlineData("v=DMARC1", false)]
    [InlineData("v=DMARC1; p=maybe", false)]
    [InlineData("p=reject; v=DMARC1", false)]
    [InlineData("v=DMARC2; p=reject", false)]
    [InlineData("v=DMARC1; p=reject; p=none", false)]
    [InlineData("v = DMARC1 ; p = reject ;", true)]
    public void Records_are_read(string text, bool isOne) => Assert.Equal(isOne, DmarcRecord.TryParse(text) is not null);

    [Fact]
    public void What_was_found_is_written_for_others()
    {
        var field = AuthenticationResults.Write(
            "mail.example.net", new SpfResult(SpfOutcome.SoftFail, "example.org", "all of (example.org)"), "a\"b@example.org", "helo",
            [new DkimResult(DkimOutcome.Pass, "example.org", "s1", "AbCd/123", "")], new DmarcResult(DmarcOutcome.Fail, "example.org", DmarcPolicy.Reject, DmarcPolicy.Quarantine));
        Assert.Equal(
            "Authentication-Results: mail.example.net;\r\n\tspf=softfail (all of example.org) smtp.mailfrom=\"ab@example.org\";\r\n"
            + "\tdkim=pass header.d=example.org header.s=s1 header.b=\"AbCd/123\";\r\n\tdmarc=fail (p=reject dis=quarantine) header.from=example.org\r\n",
            field);
    }

    [Theory]
    [InlineData(" mail.example.net; spf=pass", true)]
    [InlineData(" MAIL.example.net 1; spf=pass", true)]
    [InlineData(" (comment) mail.example.net\r\n\t; spf=pass", true)]
    [InlineData("\r\n \"mail.example.net\"; none", true)]
    [InlineData(" other.example.net; spf=pass", false)]
    [InlineData(" mail.example.net.evil; spf=pass", false)]
    public void Claims_in_our_name_are_known(string value, bool isOurs) =>
        Assert.Equal(isOurs, AuthenticationResults.IsOf(Encoding.ASCII.GetBytes(value), "mail.example.net"));
}

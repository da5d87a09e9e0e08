using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Domains;
using Purpose = Mailstead.Contracts.Admin.V1.MailDomainRecordPurpose.Types.Value;
using Status = Mailstead.Contracts.Admin.V1.MailDomainRecordStatus.Types.Value;

namespace Mailstead.Unit.Directories.Domains;

/// <summary>What DNS has, and what that means.</summary>
public sealed class RecordJudgementTests
{
    [Theory]
    [InlineData(Purpose.InboundMail, "10 mx.example.", "", Status.Missing)]
    [InlineData(Purpose.InboundMail, "10 mx.example.", "10 MX.example.", Status.Verified)]
    [InlineData(Purpose.InboundMail, "10 mx.example.", "5 mx.example.|20 backup.example.", Status.Verified)]
    [InlineData(Purpose.InboundMail, "10 mx.example.", "10 mx.example.|10 other.example.", Status.Inconsistent)]
    [InlineData(Purpose.InboundMail, "10 mx.example.", "20 mx.example.|10 other.example.", Status.Inconsistent)]
    [InlineData(Purpose.InboundMail, "10 mx.example.", "0 .", Status.Inconsistent)]
    [InlineData(Purpose.MailFromMx, "10 mx.example.", "", Status.Pending)]
    [InlineData(Purpose.MailFromMx, "10 mx.example.", "10 other.example.", Status.Failed)]
    [InlineData(Purpose.Autodiscover, "mx.example.", "", Status.Missing)]
    [InlineData(Purpose.Autodiscover, "mx.example.", "mx.example.|192.0.2.1", Status.Verified)]
    [InlineData(Purpose.Autodiscover, "mx.example.", "192.0.2.1", Status.Inconsistent)]
    [InlineData(Purpose.OwnershipToken, "token", "other", Status.Pending)]
    [InlineData(Purpose.OwnershipToken, "token", "other|token", Status.Verified)]
    [InlineData(Purpose.Dkim, "v=DKIM1; k=rsa; p=ABCD", "", Status.Pending)]
    [InlineData(Purpose.Dkim, "v=DKIM1; k=rsa; p=ABCD", "v=DKIM1;k=rsa;p=AB CD", Status.Verified)]
    [InlineData(Purpose.Dkim, "v=DKIM1; k=rsa; p=ABCD", "p=ABCD", Status.Verified)]
    [InlineData(Purpose.Dkim, "v=DKIM1; k=rsa; p=ABCD", "v=DKIM1; p=", Status.Failed)]
    [InlineData(Purpose.Spf, "", "", Status.Missing)]
    [InlineData(Purpose.Spf, "", "v=spf1 a:mx.example -all", Status.Verified)]
    [InlineData(Purpose.Spf, "", "v=spf1 ip4:192.0.2.1 +A:MX.example ~all", Status.Verified)]
    [InlineData(Purpose.Spf, "", "v=spf1 ?a:mx.example ~all", Status.Inconsistent)]
    [InlineData(Purpose.Spf, "", "v=spf1 -all", Status.Inconsistent)]
    [InlineData(Purpose.Spf, "", "v=spf1 a:mx.example -all|v=spf1 mx -all", Status.Inconsistent)]
    [InlineData(Purpose.Dmarc, "", "v=DMARC1; p=none", Status.Verified)]
    [InlineData(Purpose.Dmarc, "", "v=DMARC1;p=reject;rua=mailto:a@example.org", Status.Verified)]
    [InlineData(Purpose.Dmarc, "", "v=DMARC1; p=everything", Status.Inconsistent)]
    [InlineData(Purpose.Dmarc, "", "v=DMARC1; sp=none", Status.Inconsistent)]
    [InlineData(Purpose.Dmarc, "", "v=DMARC1; p=none|v=DMARC1; p=reject", Status.Inconsistent)]
    public void What_is_found_is_judged(MailDomainRecordPurpose.Types.Value purpose, string wanted, string found, MailDomainRecordStatus.Types.Value status) => Assert.Equal(
        status, RecordJudgement.Of(
            new MailDomainRecord { Purpose = purpose, Value = wanted }, found.Split('|', StringSplitOptions.RemoveEmptyEntries), "a:mx.example", isLate: false));

    [Theory]
    [InlineData(Purpose.OwnershipToken)]
    [InlineData(Purpose.Dkim)]
    [InlineData(Purpose.MailFromMx)]
    public void What_is_not_proved_in_time_has_failed(MailDomainRecordPurpose.Types.Value purpose) =>
        Assert.Equal(Status.Failed, RecordJudgement.Of(new MailDomainRecord { Purpose = purpose, Value = "10 x." }, [], "", isLate: true));

    [Theory]
    [InlineData("v=spf1 -all", true)]
    [InlineData("V=SPF1", true)]
    [InlineData("v=spf10 -all", false)]
    [InlineData("google-site-verification=x", false)]
    public void Texts_of_others_are_passed_over(string text, bool isSpf) => Assert.Equal(isSpf, RecordJudgement.IsOf(Purpose.Spf, text));
}

using System.Text;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery.Bounces;
using Mailstead.Delivery.Routing;

namespace Mailstead.Unit.Delivery.Bounces;

/// <summary>The fields of RFC 3464 §2.2 and §2.3.</summary>
public sealed class DeliveryStatusNotificationTests
{
    [Fact]
    public void A_failure_at_another_server_has_its_words_and_the_address_as_it_was_first_written()
    {
        var recipient = new EnvelopeRecipient { Address = "x@example.org", OriginalRecipient = "rfc822;first+2Bname@example.com" };

        var text = Compose(new RecipientOutcome(recipient, "failed", "5.1.1", "550 5.1.1 No such user", "mx.example.org"));

        Assert.Contains(
            "\r\nOriginal-Recipient: rfc822; first+name@example.com\r\nFinal-Recipient: rfc822; x@example.org\r\nAction: failed\r\n"
            + "Status: 5.1.1\r\nRemote-MTA: dns; mx.example.org\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\nReporting-MTA: dns; mail.example.net\r\nOriginal-Envelope-Id: env1\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: text/rfc822-headers\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\nSubject: Your message could not be delivered\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_delay_says_until_when_delivery_is_tried()
    {
        var text = Compose(new RecipientOutcome(new EnvelopeRecipient { Address = "x@example.org" }, "delayed", "4.2.1", "Locked"));

        Assert.Contains("\r\nWill-Retry-Until: Tue, 06 Jan 1970 00:00:00 +0000\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Diagnostic-Code", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_strangers_say_can_not_add_lines()
    {
        var outcome = new RecipientOutcome(
            new EnvelopeRecipient { Address = "x@example.org" }, "failed", "5.0.0", "550 no\r\nAction: delivered\r\n\r\n--report", "mx.example.org");

        var text = Compose(outcome);

        Assert.DoesNotContain("\r\nAction: delivered", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n--report\r\n", text, StringComparison.Ordinal);
    }

    private static string Compose(RecipientOutcome outcome) => Encoding.UTF8.GetString(DeliveryStatusNotification.Compose(new DsnReport
    {
        ReportingHost = "mail.example.net",
        To = "sender@example.org",
        ReportId = Guid.Empty,
        Now = DateTimeOffset.UnixEpoch,
        ArrivedAt = DateTimeOffset.UnixEpoch,
        ExpiresAt = DateTimeOffset.UnixEpoch.AddDays(5),
        EnvelopeId = "env1",
        IsSmtpUtf8 = false,
        Outcomes = [outcome],
        Original = "Subject: Original\r\n"u8.ToArray(),
        IsWhole = false,
    }));
}

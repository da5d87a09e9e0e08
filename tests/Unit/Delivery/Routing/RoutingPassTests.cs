using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Delivery.Routing;
using Mailstead.Delivery.Spool;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Unit.Delivery.Routing;

/// <summary>What a pass decides about whom, and what is left for the next.</summary>
public sealed class RoutingPassTests
{
    [Fact]
    public void Members_stand_for_their_group_and_only_those_that_must_wait_are_left()
    {
        var group = To("group@example.org");
        var pass = Pass(group);
        EnvelopeRecipient[] members = [To("a@example.org"), To("b@example.org"), To("c@example.org")];
        pass.Expand(group, members);
        pass.Succeed(members[0], "delivered");
        pass.Fail(members[1], "5.2.2", "Full");
        pass.DeferRest("4.3.0", "Not now");

        Assert.Equal(["c@example.org"], pass.Rest().Envelope.Recipients.Select(recipient => recipient.Address));
        Assert.Equal(["expanded", "delivered", "failed"], pass.Outcomes.Select(outcome => outcome.Action));
    }

    [Fact]
    public void A_member_that_fails_does_not_hide_one_that_waits()
    {
        var group = To("group@example.org");
        var pass = Pass(group);
        EnvelopeRecipient[] members = [To("full@example.org"), To("locked@example.org")];
        pass.Expand(group, members);
        pass.Fail(members[0], "5.2.2", "Full");
        pass.Defer(members[1], "4.3.0", "Locked");

        Assert.Equal("locked@example.org", Assert.Single(pass.Rest().Envelope.Recipients).Address);
    }

    [Fact]
    public void Who_lives_elsewhere_is_remembered_and_others_are_asked_for_anew()
    {
        var pass = Pass(To("a@example.org", RecipientKind.Mailbox), To("b@elsewhere.example", RecipientKind.RemoteUser));
        pass.DeferRest("4.3.0", "Not now");

        Assert.Equal([null, RecipientKind.RemoteUser], pass.Rest().Envelope.Recipients.Select(recipient => recipient.Resolved?.Kind));
    }

    [Fact]
    public void A_recipient_is_decided_about_once()
    {
        var recipient = To("a@example.org");
        var pass = Pass(recipient);
        pass.Succeed(recipient, "delivered");
        pass.Fail(recipient, "5.1.1", "No");
        pass.DeferRest("4.3.0", "Not now");

        Assert.Equal("delivered", Assert.Single(pass.Outcomes).Action);
        Assert.Empty(pass.Deferred);
    }

    [Fact]
    public void What_has_expired_fails_and_a_delay_is_told_once()
    {
        var pass = Pass(To("a@example.org"));
        pass.DeferRest("4.2.1", "Locked");
        pass.TellDelay();
        Assert.True(pass.Rest().DelayTold);
        Assert.Equal(("delayed", "4.2.1"), (pass.Outcomes[0].Action, pass.Outcomes[0].EnhancedCode));

        pass.ExpireDeferred();

        Assert.Empty(pass.Deferred);
        Assert.Equal(("failed", "4.4.7"), (pass.Outcomes[1].Action, pass.Outcomes[1].EnhancedCode));
    }

    private static EnvelopeRecipient To(string address, RecipientKind kind = RecipientKind.Mailbox) =>
        new() { Address = address, Resolved = new Recipient { Kind = kind } };

    private static RoutingPass Pass(params EnvelopeRecipient[] recipients)
    {
        var envelope = new Envelope { ReturnPath = "sender@example.org" };
        envelope.Recipients.AddRange(recipients);
        var message = new SpooledMessage
        {
            OrganizationId = Guid.Empty,
            MessageId = Guid.Empty,
            Body = new StoredBody(Guid.Empty, "", 0),
            Key = MessageKey.Create(),
            SealedKey = [],
            SealedSummary = [],
            Content = new SpooledEnvelope { Envelope = envelope },
            Attempts = 0,
            ReceivedAt = DateTimeOffset.UnixEpoch,
            ExpiresAt = DateTimeOffset.UnixEpoch,
        };
        return new RoutingPass(message, "");
    }
}

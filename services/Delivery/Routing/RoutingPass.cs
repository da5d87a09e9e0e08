using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Delivery.Spool;

namespace Mailstead.Delivery.Routing;

/// <summary>What has become of a recipient, for the report to the sender.</summary>
/// <param name="Action">RFC 3464 §2.3.3: failed, delayed, delivered, relayed or expanded.</param>
internal sealed record RecipientOutcome(EnvelopeRecipient Recipient, string Action, string EnhancedCode, string Reason, string RemoteHost = "");

/// <summary>One pass over a message: who has been decided about, and how.</summary>
internal sealed class RoutingPass(SpooledMessage message, string traceParent)
{
    private readonly HashSet<string> decided = new(StringComparer.Ordinal);
    private readonly List<EnvelopeRecipient> recipients = [.. message.Envelope.Recipients];
    private bool isDelayTold;

    public SpooledMessage Message { get; } = message;

    public string TraceParent { get; } = traceParent;

    /// <summary>Told to the sender, as far as the sender asked to be told.</summary>
    public List<RecipientOutcome> Outcomes { get; } = [];

    public List<EnvelopeRecipient> Remote { get; } = [];

    /// <summary>Another organization of the installation has a copy, which may leave its spool before this message does.</summary>
    public bool IsHandedOver { get; set; }

    public List<(EnvelopeRecipient Recipient, string EnhancedCode, string Reason)> Deferred { get; } = [];

    /// <summary>Members of the groups that were expanded in this pass, by the address of the group.</summary>
    public Dictionary<string, IReadOnlyList<string>> Expansions { get; } = new(StringComparer.Ordinal);

    /// <summary>The journal report of the message, when this pass has made it.</summary>
    public SpooledMessage? JournalReport { get; set; }

    /// <summary>Those about whom the function of a rule decides.</summary>
    public List<(EnvelopeRecipient Recipient, MailFlowRule Rule)> Waiting { get; } = [];

    /// <summary>Rules chosen in this pass whose functions are told, and nobody waits for.</summary>
    public HashSet<MailFlowRule> ToldRules { get; } = [];

    /// <summary>The call that comes next; those who wait go on after it.</summary>
    public FunctionCall? Call { get; set; }

    /// <summary>Spool rows of calls that nobody waits for.</summary>
    public List<SpooledMessage> Tellings { get; } = [];

    /// <summary>
    /// Members take the place of their group for good: each is decided about by itself, and a later pass goes on with those that had to
    /// wait and does not send to the others again.
    /// </summary>
    public void Expand(EnvelopeRecipient group, IReadOnlyList<EnvelopeRecipient> members)
    {
        recipients.Remove(group);
        recipients.AddRange(members);
        Expansions[group.Address] = [.. members.Select(member => member.Address)];
        Outcomes.Add(new RecipientOutcome(group, "expanded", "2.0.0", "The message has been handed on to the members of the group"));
    }

    public bool IsDecided(EnvelopeRecipient recipient) => decided.Contains(recipient.Address);

    public void Done(EnvelopeRecipient recipient) => decided.Add(recipient.Address);

    public void Succeed(EnvelopeRecipient recipient, string action)
    {
        if (!decided.Add(recipient.Address))
            return;
        Outcomes.Add(new RecipientOutcome(recipient, action, "2.0.0", "The message has been delivered"));
    }

    public void Fail(EnvelopeRecipient recipient, string enhancedCode, string reason)
    {
        if (!decided.Add(recipient.Address))
            return;
        Outcomes.Add(new RecipientOutcome(recipient, "failed", enhancedCode, reason));
        DeliveryMetrics.Bounced.Add(1);
    }

    public void Defer(EnvelopeRecipient recipient, string enhancedCode, string reason)
    {
        if (decided.Add(recipient.Address))
            Deferred.Add((recipient, enhancedCode, reason));
    }

    public void Wait(EnvelopeRecipient recipient, MailFlowRule rule)
    {
        if (decided.Add(recipient.Address))
            Waiting.Add((recipient, rule));
    }

    public void FailAll(string enhancedCode, string reason)
    {
        foreach (var recipient in recipients)
            Fail(recipient, enhancedCode, reason);
    }

    public void DeferRest(string enhancedCode, string reason)
    {
        foreach (var recipient in recipients)
            Defer(recipient, enhancedCode, reason);
    }

    /// <summary>Time is up for those that wait.</summary>
    public void ExpireDeferred()
    {
        foreach (var (recipient, _, reason) in Deferred)
        {
            Outcomes.Add(new RecipientOutcome(recipient, "failed", "4.4.7", "Delivery was tried until the message expired: " + reason));
            DeliveryMetrics.Bounced.Add(1);
        }

        Deferred.Clear();
    }

    /// <summary>The sender is told, once, of those that wait.</summary>
    public void TellDelay()
    {
        isDelayTold = true;
        foreach (var (recipient, code, reason) in Deferred)
            Outcomes.Add(new RecipientOutcome(recipient, "delayed", code, reason));
    }

    /// <summary>Somebody in it is not done with.</summary>
    public bool HasRest => Waiting.Count > 0 || Deferred.Count > 0;

    /// <summary>The message with only those recipients that have to wait; the directory is asked about them anew.</summary>
    public SpooledEnvelope Rest()
    {
        var rest = Message.Content.Clone();
        rest.DelayTold |= isDelayTold;
        rest.Envelope.Recipients.Clear();
        rest.FunctionCall = Call;
        foreach (var recipient in Waiting.Select(held => held.Recipient).Concat(Deferred.Select(deferred => deferred.Recipient)))
        {
            var waiting = recipient.Clone();
            // Who lives elsewhere may be known through a group alone: asked by address, the directory would not know it.
            if (waiting.Resolved?.Kind != RecipientKind.RemoteUser)
                waiting.Resolved = null;
            rest.Envelope.Recipients.Add(waiting);
        }

        return rest;
    }
}

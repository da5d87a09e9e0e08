using Mailstead.Contracts.Delivery.V1;

namespace Mailstead.Delivery.Routing;

/// <summary>A mailbox to deliver to, and the recipient that led to it.</summary>
internal sealed record MailboxTarget(string MailboxId, string Address, EnvelopeRecipient Recipient, bool IsByGroup);

/// <summary>Where the recipients of a message really are.</summary>
internal sealed class Targets
{
    /// <summary>Each mailbox once, however many recipients lead to it.</summary>
    public Dictionary<string, MailboxTarget> Mailboxes { get; } = new(StringComparer.Ordinal);

    public Dictionary<Guid, List<EnvelopeRecipient>> OtherOrganizations { get; } = [];

    public List<EnvelopeRecipient> Remote { get; } = [];

    public void Add(MailboxTarget target)
    {
        // Named by the sender beats reached through a group: its Delivered-To is what the sender wrote.
        if (!Mailboxes.TryGetValue(target.MailboxId, out var present) || (present.IsByGroup && !target.IsByGroup))
            Mailboxes[target.MailboxId] = target;
    }
}

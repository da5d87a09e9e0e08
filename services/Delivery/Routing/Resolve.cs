using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Delivery.Spool;

namespace Mailstead.Delivery.Routing;

/// <summary>Finds out where each recipient is: resolved when it was accepted, or asked for again; groups become their members.</summary>
internal sealed class Resolve(DirectoriesApi.DirectoriesApiClient directories)
{
    /// <summary>What each recipient stands for, in their order.</summary>
    public async ValueTask<IReadOnlyList<Recipient>> RunAsync(RoutingPass pass, CancellationToken cancellationToken)
    {
        var recipients = pass.Message.Envelope.Recipients;
        var known = new Recipient[recipients.Count];
        var missing = new ResolveRecipientsRequest();
        for (var i = 0; i < known.Length; i++)
        {
            if (recipients[i].Resolved is { } answer)
                known[i] = answer;
            else
                missing.Addresses.Add(recipients[i].Address);
        }

        if (missing.Addresses.Count == 0)
            return known;
        var answers = await directories.ResolveRecipientsAsync(missing, cancellationToken: cancellationToken);
        var next = 0;
        for (var i = 0; i < known.Length; i++)
            known[i] ??= answers.Recipients[next++];
        return known;
    }

    /// <param name="resolved">What the pass's recipients stand for, in their order.</param>
    public async Task<Targets> PlaceAsync(RoutingPass pass, IReadOnlyList<Recipient> resolved, CancellationToken cancellationToken)
    {
        var recipients = pass.Message.Envelope.Recipients;
        var targets = new Targets();
        for (var i = 0; i < recipients.Count; i++)
        {
            if (pass.IsDecided(recipients[i]))
                continue;
            if (resolved[i].Kind == RecipientKind.Group && IsOurs(pass, resolved[i]))
                await ExpandAsync(pass, targets, recipients[i], resolved[i], cancellationToken);
            else
                Place(pass, targets, recipients[i], resolved[i], isByGroup: false);
        }

        return targets;
    }

    private static bool IsOurs(RoutingPass pass, Recipient resolved) =>
        resolved.Kind == RecipientKind.Foreign || resolved.OrganizationId == pass.Message.OrganizationId.ToString();

    private static void Place(RoutingPass pass, Targets targets, EnvelopeRecipient recipient, Recipient resolved, bool isByGroup)
    {
        if (!IsOurs(pass, resolved))
        {
            if (recipient.Handling is { GatewayName.Length: > 0 })
                targets.Remote.Add(recipient);
            else
                PlaceElsewhere(pass, targets, recipient, resolved);
            return;
        }

        switch (resolved.Kind)
        {
            case RecipientKind.Mailbox:
                targets.Add(new MailboxTarget(resolved.MailboxId, recipient.Address, recipient, isByGroup));
                break;
            case RecipientKind.RemoteUser:
                targets.Remote.Add(recipient);
                break;
            case RecipientKind.Foreign when pass.Message.Envelope.Direction == Direction.Outbound:
                targets.Remote.Add(recipient);
                break;
            case RecipientKind.Disabled:
                pass.Fail(recipient, "5.2.1", "The mailbox is disabled");
                break;
            default:
                pass.Fail(recipient, "5.1.1", "There is no such address here");
                break;
        }
    }

    /// <summary>A tenant beside us is a stranger: it takes the message as if it came from outside.</summary>
    private static void PlaceElsewhere(RoutingPass pass, Targets targets, EnvelopeRecipient recipient, Recipient resolved)
    {
        if (resolved.Kind is RecipientKind.Unknown or RecipientKind.Disabled)
        {
            pass.Fail(recipient, resolved.Kind == RecipientKind.Unknown ? "5.1.1" : "5.2.1", "The address takes no mail");
            return;
        }

        var organizationId = Guid.Parse(resolved.OrganizationId);
        if (!targets.OtherOrganizations.TryGetValue(organizationId, out var list))
            targets.OtherOrganizations[organizationId] = list = [];
        var handed = recipient.Clone();
        handed.Resolved = resolved;
        list.Add(handed);
    }

    private async Task ExpandAsync(
        RoutingPass pass, Targets targets, EnvelopeRecipient recipient, Recipient group, CancellationToken cancellationToken)
    {
        var answer = await directories.ExpandGroupAsync(
            new ExpandGroupRequest { OrganizationId = group.OrganizationId, GroupId = group.EntityId }, cancellationToken: cancellationToken);
        var members = answer.Members.Select(member => ToRecipient(recipient, member)).ToList();
        pass.Expand(recipient, members);
        foreach (var member in members)
            Place(pass, targets, member, member.Resolved, isByGroup: true);
    }

    /// <summary>
    /// RFC 3461 §5.2.7.3: what was asked for the group is asked for each member, but for success: of that the sender hears once, when
    /// the group is expanded.
    /// </summary>
    private static EnvelopeRecipient ToRecipient(EnvelopeRecipient group, Recipient member)
    {
        var recipient = group.Clone();
        recipient.Address = member.PrimaryAddress;
        recipient.Resolved = member;
        recipient.NotifySuccess = false;
        recipient.NotifyNever |= group.NotifySuccess && !group.NotifyFailure && !group.NotifyDelay;
        return recipient;
    }
}

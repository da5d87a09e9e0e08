using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Delivery.Spool;

namespace Mailstead.Delivery.Routing;

/// <summary>Finds out where each recipient is: resolved when it was accepted, or asked for again; groups become their members.</summary>
internal sealed class Resolve(DirectoriesApi.DirectoriesApiClient directories)
{
    public async Task<Targets> RunAsync(RoutingPass pass, CancellationToken cancellationToken)
    {
        var message = pass.Message;
        var recipients = message.Envelope.Recipients;
        var resolved = await ResolveAsync(recipients, cancellationToken);
        var targets = new Targets();
        for (var i = 0; i < recipients.Count; i++)
            await PlaceAsync(pass, targets, recipients[i], resolved[i], cancellationToken);
        return targets;
    }

    private async ValueTask<IReadOnlyList<Recipient>> ResolveAsync(
        Google.Protobuf.Collections.RepeatedField<EnvelopeRecipient> recipients, CancellationToken cancellationToken)
    {
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

    private async Task PlaceAsync(
        RoutingPass pass, Targets targets, EnvelopeRecipient recipient, Recipient resolved, CancellationToken cancellationToken)
    {
        var message = pass.Message;
        if (resolved.Kind != RecipientKind.Foreign && resolved.OrganizationId != message.OrganizationId.ToString())
        {
            PlaceElsewhere(pass, targets, recipient, resolved);
            return;
        }

        switch (resolved.Kind)
        {
            case RecipientKind.Mailbox:
                targets.Add(new MailboxTarget(resolved.MailboxId, recipient.Address, recipient, IsByGroup: false));
                break;
            case RecipientKind.Group:
                await ExpandAsync(pass, targets, recipient, resolved, cancellationToken);
                break;
            case RecipientKind.RemoteUser:
                targets.Remote.Add(recipient);
                break;
            case RecipientKind.Foreign when message.Envelope.Direction == Direction.Outbound:
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
        var members = await directories.ExpandGroupAsync(
            new ExpandGroupRequest { OrganizationId = group.OrganizationId, GroupId = group.EntityId }, cancellationToken: cancellationToken);
        foreach (var member in members.Members)
        {
            if (member.Kind == RecipientKind.Mailbox)
            {
                targets.Add(new MailboxTarget(member.MailboxId, member.PrimaryAddress, recipient, IsByGroup: true));
                continue;
            }

            var remote = recipient.Clone();
            remote.Address = member.PrimaryAddress;
            remote.Resolved = member;
            targets.Remote.Add(remote);
        }

        if (recipient.NotifySuccess)
            pass.Succeed(recipient, "expanded");
    }
}

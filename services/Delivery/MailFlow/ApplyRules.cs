using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Delivery.Routing;
using Mailstead.Protocols.Addresses;
using Mailstead.Protocols.MailFlow;
using Microsoft.Extensions.Logging;
using Action = Mailstead.Contracts.Admin.V1.MailFlowAction.Types.Value;
using FlowDirection = Mailstead.Contracts.Admin.V1.MailDirection.Types.Value;

namespace Mailstead.Delivery.MailFlow;

/// <summary>
/// Asks the organization's mail-flow rules about each recipient, once: outbound rules about what its users send, inbound rules about what goes to
/// somebody in it, its own users' mail included. What was decided stays with the recipient, and with the members of a group.
/// </summary>
internal sealed partial class ApplyRules(MailPolicies policies, ILogger<ApplyRules> logger)
{
    private const string Blocked = "An administrator of the organization has blocked this message";

    /// <param name="resolved">What the pass's recipients stand for, in their order.</param>
    public async Task RunAsync(RoutingPass pass, IReadOnlyList<Recipient> resolved, CancellationToken cancellationToken)
    {
        var message = pass.Message;
        // What this installation sends itself, as reports, is nobody's in the organization.
        if (message.Envelope.Direction == Direction.Outbound && message.Envelope.UserId.Length == 0)
            return;
        var policy = await policies.GetAsync(message.OrganizationId, cancellationToken);
        var senders = Senders(pass);
        for (var i = 0; i < resolved.Count; i++)
        {
            var recipient = message.Envelope.Recipients[i];
            if (recipient.Handling is null)
                Decide(pass, policy, senders, recipient, isOurs: resolved[i].OrganizationId == message.OrganizationId.ToString());
        }
    }

    private void Decide(RoutingPass pass, GetMailPolicyResponse policy, List<MailAddress> senders, EnvelopeRecipient recipient, bool isOurs)
    {
        recipient.Handling = new Handling { IsJunk = pass.Message.Content.IsJunk };
        if (policy.Rules.Count == 0 || !MailAddress.TryParse(recipient.Address, out var address))
            return;
        if (pass.Message.Envelope.Direction == Direction.Outbound)
            Apply(pass, recipient, Choose(policy, FlowDirection.Outbound, senders, address));
        if (isOurs && !pass.IsDecided(recipient))
            Apply(pass, recipient, Choose(policy, FlowDirection.Inbound, senders, address));
    }

    /// <summary>The rule that Sender leads to, or, when there is none, the one that From leads to.</summary>
    private static RuleChoice? Choose(GetMailPolicyResponse policy, FlowDirection direction, List<MailAddress> senders, MailAddress recipient) =>
        senders.Select(sender => RuleChoice.Of(policy.Rules, direction, sender, recipient)).FirstOrDefault(choice => choice is not null);

    private void Apply(RoutingPass pass, EnvelopeRecipient recipient, RuleChoice? choice)
    {
        if (choice is null)
            return;
        var action = choice.Rule.Action;
        LogApplied(pass.Message.MessageId, choice.Rule.Direction, action);
        switch (action)
        {
            case Action.Drop:
                pass.Done(recipient);
                break;
            case Action.Bounce:
                pass.Fail(recipient, "5.7.1", Blocked);
                break;
            case Action.MoveToJunk:
                recipient.Handling.IsJunk = true;
                break;
            case Action.BypassSpamCheck:
                recipient.Handling.IsJunk = false;
                break;
            case Action.RouteToSmtpGateway:
                recipient.Handling.GatewayName = choice.Rule.GatewayName;
                break;
            default:
                break;
        }
    }

    private static List<MailAddress> Senders(RoutingPass pass)
    {
        var content = pass.Message.Content;
        var senders = new List<MailAddress>();
        foreach (var text in new[] { content.SenderAddress, content.FromAddress.Length > 0 ? content.FromAddress : pass.Message.Envelope.ReturnPath })
        {
            if (MailAddress.TryParse(text, out var address))
                senders.Add(address);
        }

        return senders;
    }

    [LoggerMessage(LogLevel.Information, "Message {MessageId}: an {Direction} rule decided {Action}")]
    private partial void LogApplied(Guid messageId, FlowDirection direction, Action action);
}

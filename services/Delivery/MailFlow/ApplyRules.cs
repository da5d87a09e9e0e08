using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Delivery.Functions;
using Mailstead.Delivery.Routing;
using Mailstead.Protocols.Addresses;
using Mailstead.Protocols.MailFlow;
using Microsoft.Extensions.Logging;
using Action = Mailstead.Contracts.Admin.V1.MailFlowAction.Types.Value;
using FlowDirection = Mailstead.Contracts.Admin.V1.MailDirection.Types.Value;

namespace Mailstead.Delivery.MailFlow;

/// <summary>
/// Asks the organization's mail-flow rules about each recipient, once: outbound rules about what its users send, inbound rules about what goes to
/// somebody in it, its own users' mail included. What was decided stays with the recipient, and with the members of a group. A rule with a function
/// leaves the decision to it: such recipients wait until it has been asked.
/// </summary>
internal sealed partial class ApplyRules(MailPolicies policies, PlanCalls calls, ILogger<ApplyRules> logger)
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
            var isOurs = resolved[i].OrganizationId == message.OrganizationId.ToString();
            if (recipient.Handling is { IsAdded: true } && message.Envelope.Direction == Direction.Inbound && !isOurs)
            {
                LogNotOurs(message.MessageId);
                pass.Done(recipient);
            }
            else
            {
                Decide(pass, policy, senders, recipient, isOurs);
            }
        }

        calls.Run(pass, resolved);
    }

    private void Decide(RoutingPass pass, GetMailPolicyResponse policy, List<MailAddress> senders, EnvelopeRecipient recipient, bool isOurs)
    {
        var handling = recipient.Handling ??= new Handling
        {
            IsJunk = pass.Message.Content.IsJunk,
            Stage = pass.Message.Envelope.Direction == Direction.Outbound ? RuleStage.AllRules : RuleStage.InboundRules,
        };
        if (handling.IsDropped)
            pass.Done(recipient);
        else if (handling.BounceReason.Length > 0)
            pass.Fail(recipient, "5.7.1", handling.BounceReason);
        if (policy.Rules.Count == 0 || !MailAddress.TryParse(recipient.Address, out var address))
        {
            (handling.Stage, handling.WaitsFor) = (RuleStage.NoRules, "");
            return;
        }

        while (!pass.IsDecided(recipient) && !Waits(pass, policy, recipient) && handling.Stage != RuleStage.NoRules)
        {
            var direction = handling.Stage == RuleStage.AllRules ? FlowDirection.Outbound : FlowDirection.Inbound;
            handling.Stage++;
            if (direction == FlowDirection.Outbound || isOurs)
                Apply(pass, recipient, Choose(policy, direction, senders, address));
        }
    }

    /// <summary>A function decides about it next. When its rule is gone in the meantime, nothing does.</summary>
    private static bool Waits(RoutingPass pass, GetMailPolicyResponse policy, EnvelopeRecipient recipient)
    {
        var handling = recipient.Handling;
        if (handling.WaitsFor.Length == 0)
            return false;
        var direction = handling.Stage == RuleStage.InboundRules ? FlowDirection.Outbound : FlowDirection.Inbound;
        if (policy.Rules.FirstOrDefault(rule => rule.Name == handling.WaitsFor && rule.Direction == direction && rule.Function is not null) is { } found)
        {
            pass.Wait(recipient, found);
            return true;
        }

        handling.WaitsFor = "";
        return false;
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
            case Action.RunFunction:
                if (choice.Rule.Function.Synchronous)
                    recipient.Handling.WaitsFor = choice.Rule.Name;
                else
                    pass.ToldRules.Add(choice.Rule);
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

    [LoggerMessage(LogLevel.Warning, "Message {MessageId}: a function added a recipient who is not in the organization, and who gets nothing")]
    private partial void LogNotOurs(Guid messageId);
}

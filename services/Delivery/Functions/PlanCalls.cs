using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Delivery.Routing;
using Mailstead.Delivery.Spool;

namespace Mailstead.Delivery.Functions;

/// <summary>Makes the calls that a pass over a message leads to: one that its recipients wait for, and those that nobody waits for.</summary>
internal sealed class PlanCalls(TimeProvider clock)
{
    /// <param name="resolved">What the pass's recipients stand for, in their order.</param>
    public void Run(RoutingPass pass, IReadOnlyList<Recipient> resolved)
    {
        // Of several functions that are waited for each has its turn.
        if (pass.Waiting.Count > 0)
            pass.Call = NewCall(pass, resolved, pass.Waiting[0].Rule);
        foreach (var rule in pass.ToldRules)
            pass.Tellings.Add(NewTelling(pass.Message, NewCall(pass, resolved, rule)));
    }

    private FunctionCall NewCall(RoutingPass pass, IReadOnlyList<Recipient> resolved, MailFlowRule rule)
    {
        var message = pass.Message;
        var now = clock.GetUtcNow();
        var isOutbound = rule.Direction == MailDirection.Types.Value.Outbound;
        return new FunctionCall
        {
            RuleName = rule.Name,
            Function = rule.Function,
            Direction = rule.Direction,
            InvocationId = Guid.CreateVersion7(now).ToString(),
            StartedAt = now.ToUnixTimeMilliseconds(),
            MessageId = message.MessageId.ToString(),
            Recipients =
            {
                message.Envelope.Recipients.Where((_, index) => isOutbound || resolved[index].OrganizationId == message.OrganizationId.ToString())
                    .Select(recipient => recipient.Address),
            },
            IsToldOnly = !rule.Function.Synchronous,
        };
    }

    /// <summary>A row of its own, so that it outlives the message's way, and tries again for as long as the rule says.</summary>
    private SpooledMessage NewTelling(SpooledMessage message, FunctionCall call) => new()
    {
        OrganizationId = message.OrganizationId,
        MessageId = Guid.CreateVersion7(clock.GetUtcNow()),
        Body = message.Body,
        Key = message.Key,
        SealedKey = message.SealedKey,
        SealedSummary = message.SealedSummary,
        Content = new SpooledEnvelope
        {
            Envelope = new Envelope
            {
                Direction = message.Envelope.Direction,
                ReturnPath = message.Envelope.ReturnPath,
                OrganizationId = message.Envelope.OrganizationId,
                TraceParent = message.Envelope.TraceParent,
            },
            FromAddress = message.Content.FromAddress,
            SenderAddress = message.Content.SenderAddress,
            FunctionCall = call,
        },
        Attempts = 0,
        ReceivedAt = message.ReceivedAt,
        ExpiresAt = message.ExpiresAt,
    };
}

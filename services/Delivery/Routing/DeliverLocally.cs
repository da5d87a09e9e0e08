using System.Text;
using Google.Protobuf;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Delivery.Spool;
using Mailstead.Protocols.Mime;

namespace Mailstead.Delivery.Routing;

/// <summary>Gives every mailbox its copy: the body shared, header lines of its own in front, in one call.</summary>
internal sealed class DeliverLocally(MailboxesApi.MailboxesApiClient mailboxes)
{
    private const int SummaryOctetsMax = 16 * 1024 * 1024;

    public async Task RunAsync(
        RoutingPass pass, Dictionary<string, MailboxTarget> targets, CancellationToken cancellationToken)
    {
        var receivers = StopLoops(pass, targets);
        if (receivers.Count == 0)
            return;
        var message = pass.Message;
        var request = new DeliverRequest
        {
            OrganizationId = message.OrganizationId.ToString(),
            MessageId = message.MessageId.ToString(),
            Body = new BodyReference
            {
                BodyId = ByteString.CopyFrom(message.Body.BodyId.ToByteArray(bigEndian: true)),
                Location = message.Body.Location,
                Size = message.Body.Size,
                Summary = UnsafeByteOperations.UnsafeWrap(message.SealedSummary),
            },
            MessageKey = ByteString.CopyFrom(message.Key.Octets),
            TraceParent = pass.TraceParent,
            ItemClass = message.Content.ItemClass,
            ReceivedAt = message.ReceivedAt.ToUnixTimeMilliseconds(),
        };
        foreach (var target in receivers)
        {
            request.Deliveries.Add(new Contracts.Mailboxes.V1.Delivery
            {
                MailboxId = target.MailboxId,
                Role = target.Recipient.Handling is { IsJunk: true } ? FolderRole.Junk : FolderRole.Inbox,
                Prologue = Prologue(message, target.Address),
            });
        }

        var response = await mailboxes.DeliverAsync(request, cancellationToken: cancellationToken);
        for (var i = 0; i < receivers.Count; i++)
            Record(pass, receivers[i], response.Results[i]);
    }

    private static void Record(RoutingPass pass, MailboxTarget target, DeliveryResult result)
    {
        switch (result.Outcome)
        {
            case DeliveryResult.Types.Outcome.Delivered:
                DeliveryMetrics.Delivered.Add(1);
                pass.Succeed(target.Recipient, "delivered");
                break;
            case DeliveryResult.Types.Outcome.OverQuota:
                pass.Fail(target.Recipient, "5.2.2", "The mailbox is full");
                break;
            case DeliveryResult.Types.Outcome.NoMailbox:
                pass.Fail(target.Recipient, "5.1.1", "The mailbox does not exist");
                break;
            default:
                pass.Defer(target.Recipient, "4.3.0", result.Reason);
                break;
        }
    }

    /// <summary>A copy that this very mailbox has had before comes back through some forwarding: it ends here.</summary>
    private static List<MailboxTarget> StopLoops(RoutingPass pass, Dictionary<string, MailboxTarget> targets)
    {
        var earlier = EarlierDeliveries(pass.Message);
        var receivers = new List<MailboxTarget>(targets.Count);
        foreach (var target in targets.Values)
        {
            if (earlier is not null && earlier.Contains(target.Address))
                pass.Fail(target.Recipient, "5.4.6", "The message has been delivered to this address before: it is in a loop");
            else
                receivers.Add(target);
        }

        return receivers;
    }

    private static HashSet<string>? EarlierDeliveries(SpooledMessage message)
    {
        // The first server that a message comes to can't have delivered it yet.
        if (message.Content.ReceivedCount <= 1)
            return null;
        var summary = MessageSummary.Parser.ParseFrom(
            message.Key.OpenCompressed(message.SealedSummary, SpooledMessage.SummaryContext(message.Body.BodyId), SummaryOctetsMax));
        HashSet<string>? addresses = null;
        var fields = new HeaderFields(summary.Header.Span);
        while (fields.MoveNext())
        {
            if (Ascii.EqualsIgnoreCase(fields.Name, "Delivered-To"u8))
                (addresses ??= new(StringComparer.OrdinalIgnoreCase)).Add(Encoding.UTF8.GetString(HeaderText.Unfold(fields.RawValue)));
        }

        return addresses;
    }

    /// <summary>RFC 5321 §4.4: the return path, put there at final delivery. Addresses were checked at SMTP and hold no line ends.</summary>
    private static ByteString Prologue(SpooledMessage message, string address)
    {
        var own = Encoding.UTF8.GetBytes($"Return-Path: <{message.Envelope.ReturnPath}>\r\nDelivered-To: {address}\r\n");
        return UnsafeByteOperations.UnsafeWrap(message.Content.Trace.IsEmpty ? own : [.. own, .. message.Content.Trace.Span]);
    }
}

using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery.Routing;
using Mailstead.Delivery.Spool;
using Mailstead.Hosting;
using Mailstead.Persistence.Bodies;
using Mailstead.Protocols.Mime;

namespace Mailstead.Delivery.Bounces;

/// <summary>
/// Tells senders what became of their messages, as far as they asked (RFC 3461 §4.1). A report is a message of its own: body first,
/// its row in the transaction that records what it tells. The null sender is never told anything (RFC 5321 §6.1).
/// </summary>
internal sealed class Reports(IBodyStore bodies, OwnMessages messages, InstallationOptions installation, TimeProvider clock)
{
    private const int WholeOriginalOctetsMax = 1024 * 1024;

    public Task<SpooledMessage?> PrepareAsync(RoutingPass pass, CancellationToken cancellationToken) =>
        PrepareAsync(pass.Message, pass.Outcomes, cancellationToken);

    /// <summary>Null: there is nothing to tell.</summary>
    public async Task<SpooledMessage?> PrepareAsync(
        SpooledMessage about, IReadOnlyList<RecipientOutcome> outcomes, CancellationToken cancellationToken)
    {
        // Nobody hears of a message that only claims to be theirs.
        if (about.Envelope.ReturnPath.Length == 0 || about.Content.IsForged)
            return null;
        var told = outcomes.Where(IsWanted).ToList();
        if (told.Count == 0)
            return null;
        var content = await ComposeAsync(about, told, cancellationToken);
        return await StoreAsync(about, content, cancellationToken);
    }

    private static bool IsWanted(RecipientOutcome outcome)
    {
        var recipient = outcome.Recipient;
        if (recipient.NotifyNever)
            return false;
        var hasAsked = recipient.NotifySuccess || recipient.NotifyFailure || recipient.NotifyDelay;
        return outcome.Action switch
        {
            "failed" => recipient.NotifyFailure || !hasAsked,
            "delayed" => recipient.NotifyDelay || !hasAsked,
            _ => recipient.NotifySuccess,
        };
    }

    private async Task<byte[]> ComposeAsync(SpooledMessage about, List<RecipientOutcome> told, CancellationToken cancellationToken)
    {
        var isWhole = about.Envelope.DsnReturn == DsnReturn.Full && about.Body.Size <= WholeOriginalOctetsMax
            && told.Any(outcome => outcome.Action == "failed");
        var now = clock.GetUtcNow();
        return DeliveryStatusNotification.Compose(new DsnReport
        {
            ReportingHost = installation.Hostname,
            To = about.Envelope.ReturnPath,
            ReportId = Guid.CreateVersion7(now),
            Now = now,
            ArrivedAt = about.ReceivedAt,
            ExpiresAt = about.ExpiresAt,
            EnvelopeId = about.Envelope.EnvelopeId,
            IsSmtpUtf8 = about.Envelope.Smtputf8,
            Outcomes = told,
            Original = isWhole
                ? await ReadAsync(about, WholeOriginalOctetsMax, cancellationToken)
                : await HeaderAsync(about, cancellationToken),
            IsWhole = isWhole,
        });
    }

    private async Task<ReadOnlyMemory<byte>> HeaderAsync(SpooledMessage message, CancellationToken cancellationToken)
    {
        var start = await ReadAsync(message, MimeScanner.HeaderOctetsMax, cancellationToken);
        var end = start.Span.IndexOf("\r\n\r\n"u8);
        return end < 0 ? start : start[..(end + 2)];
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(SpooledMessage message, int octetsMax, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = await bodies.OpenAsync(message.Body.BodyId, message.Body.Location, message.Key, cancellationToken);
            var content = new byte[Math.Min(reader.Size, octetsMax)];
            for (var filled = 0; filled < content.Length;)
            {
                var count = await reader.ReadAsync(filled, content.AsMemory(filled), cancellationToken);
                filled += count > 0 ? count : throw new BodyMissingException(message.Body.Location);
            }

            return content;
        }
        catch (Exception lost) when (lost is BodyMissingException or System.Security.Cryptography.CryptographicException)
        {
            // That is when a report matters most.
            return default;
        }
    }

    private Task<SpooledMessage> StoreAsync(SpooledMessage about, byte[] content, CancellationToken cancellationToken)
    {
        var envelope = new Envelope
        {
            Direction = Direction.Outbound,
            OrganizationId = about.OrganizationId.ToString(),
            Smtputf8 = about.Envelope.Smtputf8,
            EightBit = true,
            TraceParent = about.Envelope.TraceParent,
            Recipients = { new EnvelopeRecipient { Address = about.Envelope.ReturnPath, NotifyNever = true } },
        };
        return messages.StoreAsync(
            about.OrganizationId, envelope, isToBeSigned: false, async intake => await intake.AppendAsync(content, cancellationToken), cancellationToken);
    }
}

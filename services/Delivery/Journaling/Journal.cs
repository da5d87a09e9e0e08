using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Delivery.MailFlow;
using Mailstead.Delivery.Routing;
using Mailstead.Delivery.Spool;
using Mailstead.Hosting;
using Mailstead.Persistence.Bodies;

namespace Mailstead.Delivery.Journaling;

/// <summary>
/// Makes one report of each message that an organization sends or receives, when rules and functions have decided about all its recipients. Who it went to
/// is collected over the passes until then. The report's return path is the report address: what becomes of it is told there when it fails.
/// </summary>
internal sealed class Journal(MailPolicies policies, OwnMessages messages, IBodyStore bodies, InstallationOptions installation, TimeProvider clock)
{
    private const int SummaryOctetsMax = 16 * 1024 * 1024;
    private const int PieceOctets = 64 * 1024;

    /// <param name="passed">Those whom no rule has stopped, before groups were expanded.</param>
    public async Task RunAsync(RoutingPass pass, IReadOnlyList<EnvelopeRecipient> passed, CancellationToken cancellationToken)
    {
        var content = pass.Message.Content;
        // What this installation sends itself is no message of the organization's: neither reports nor the journal.
        if (content.IsJournaled || pass.Message.Envelope is { Direction: Direction.Outbound, UserId.Length: 0 })
            return;
        var policy = await policies.GetAsync(pass.Message.OrganizationId, cancellationToken);
        if (policy.JournalAddress.Length == 0)
            return;
        Collect(pass, passed);
        if (pass.Waiting.Count > 0 || content.Journal.Count == 0)
            return;
        content.IsJournaled = true;
        pass.JournalReport = await WriteAsync(pass, policy.JournalSender, policy.JournalAddress, policy.JournalReportAddress, cancellationToken);
    }

    private static void Collect(RoutingPass pass, IReadOnlyList<EnvelopeRecipient> passed)
    {
        var journal = pass.Message.Content.Journal;
        var known = journal.Select(recipient => recipient.Address).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var recipient in passed)
        {
            var members = pass.Expansions.GetValueOrDefault(recipient.Address);
            foreach (var address in members ?? [recipient.Address])
            {
                if (known.Add(address))
                    journal.Add(new JournalRecipient { Address = address, Group = members is null ? "" : recipient.Address });
            }
        }
    }

    private async Task<SpooledMessage> WriteAsync(RoutingPass pass, string sender, string to, string reportTo, CancellationToken cancellationToken)
    {
        var message = pass.Message;
        var summary = MessageSummary.Parser.ParseFrom(
            message.Key.OpenCompressed(message.SealedSummary, SpooledMessage.SummaryContext(message.Body.BodyId), SummaryOctetsMax));
        var now = clock.GetUtcNow();
        var facts = new JournalFacts(Guid.CreateVersion7(now), sender, to, installation.Hostname, now);
        var envelope = new Envelope
        {
            Direction = Direction.Outbound,
            ReturnPath = reportTo,
            OrganizationId = message.OrganizationId.ToString(),
            EightBit = true,
            Smtputf8 = message.Envelope.Smtputf8,
            TraceParent = pass.TraceParent,
            Recipients = { new EnvelopeRecipient { Address = to, NotifyFailure = true } },
        };
        var report = await messages.StoreAsync(
            message.OrganizationId, envelope, isToBeSigned: true,
            async intake =>
            {
                await intake.AppendAsync(JournalReport.Begin(facts, message.Content, summary.Header.Span), cancellationToken);
                await intake.AppendAsync(message.Content.Trace.Memory, cancellationToken);
                using var reader = await bodies.OpenAsync(message.Body.BodyId, message.Body.Location, message.Key, cancellationToken);
                var piece = new byte[PieceOctets];
                for (long offset = 0; await reader.ReadAsync(offset, piece, cancellationToken) is > 0 and var count; offset += count)
                    await intake.AppendAsync(piece.AsMemory(0, count), cancellationToken);
                await intake.AppendAsync(JournalReport.End(facts), cancellationToken);
            },
            cancellationToken);
        // Two organizations that keep their journals with each other would have no end of reports about reports.
        report.Content.IsJournaled = true;
        return report;
    }
}

using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Delivery.Authentication;
using Mailstead.Delivery.MailFlow;
using Mailstead.Delivery.Routing;
using Mailstead.Hosting;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Dmarc;
using Mailstead.Protocols.Mime;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Delivery.Spool;

/// <summary>
/// Takes a message into the spool. Each organization that has a recipient gets a copy of its own, under its own keys; all
/// of them become durable together, or none does: bodies first, then their rows in one transaction, then the answer.
/// </summary>
internal sealed class Accept(
    [FromKeyedServices("delivery")] Database database, IBodyStore bodies, TransportKeys keys, RoutingQueue routing, ProcessIdentity process,
    Authenticator authenticator, MailPolicies policies, InstallationOptions installation, DeliveryOptions options, TimeProvider clock)
{
    /// <summary>The limit of a message, and room for the trace fields and header fields that the edges add.</summary>
    private const long MessageOctetsMax = (40L * 1024 * 1024) + (64 * 1024);
    private const int RecipientsMax = 500;
    private const int AttachmentsMax = 500;

    private static readonly ActivitySource Source = new("Mailstead.Delivery");

    public async Task<AcceptResponse> RunAsync(IAsyncStreamReader<AcceptRequest> requests, CancellationToken cancellationToken)
    {
        if (!await requests.MoveNext(cancellationToken) || requests.Current.Envelope is not { } envelope)
            throw Refuse(StatusCode.InvalidArgument, "The first request has the envelope");
        if (envelope.Recipients.Count is 0 or > RecipientsMax)
            throw Refuse(StatusCode.InvalidArgument, $"A message has 1 to {RecipientsMax} recipients");
        using var activity = Source.StartActivity("accept", ActivityKind.Internal, envelope.TraceParent);
        var copies = Split(envelope, activity?.Id ?? envelope.TraceParent);
        try
        {
            using var checks = authenticator.Begin(envelope);
            using var intake = new Intake(
                [.. copies.Select(copy => copy.Writer)], checks, installation.Hostname,
                isToBeSigned: envelope is { Direction: Direction.Outbound, UserId.Length: > 0 });
            await WriteAsync(requests, intake, cancellationToken);
            var (summary, bodyHash) = await intake.CompleteAsync(cancellationToken);
            var facts = new SpooledEnvelope { ItemClass = ItemClass.Of(summary), BodyHash = UnsafeByteOperations.UnsafeWrap(bodyHash) };
            HeaderFacts.Read(summary.Header.Span, facts);
            if (checks is not null)
                await JudgeAsync(await checks.CompleteAsync(), facts, copies, cancellationToken);
            var accepted = await CompleteAsync(copies, summary, facts, cancellationToken);
            await database.ChangeTogetherAsync(TenantScope.Of(accepted.Select(message => message.OrganizationId)), [.. accepted.Select(ToRow)], cancellationToken);
            DeliveryMetrics.Accepted.Add(1);
            foreach (var message in accepted)
                await HandOverAsync(message);
            return new AcceptResponse { MessageId = accepted[0].MessageId.ToString() };
        }
        finally
        {
            foreach (var copy in copies)
                await copy.Writer.DisposeAsync();
        }
    }

    /// <summary>To a router here at once, or, when all are busy, to whoever sweeps next.</summary>
    private async Task HandOverAsync(SpooledMessage message)
    {
        if (await routing.OfferAsync(message))
            return;
        await database.WriteAsync(
            TenantScope.Of(message.OrganizationId), transaction => SpoolTable.ReleaseAsync(transaction, message, process.Id), CancellationToken.None);
        message.Dispose();
    }

    private static RpcException Refuse(StatusCode code, string reason) => new(new Status(code, reason));

    private List<Copy> Split(Envelope envelope, string traceParent)
    {
        if (envelope.Direction == Direction.Outbound)
            return [NewCopy(ParseId(envelope.OrganizationId), WithTrace(envelope, envelope.Recipients, traceParent))];
        return [.. envelope.Recipients
            .GroupBy(recipient => recipient.Resolved?.OrganizationId ?? "", StringComparer.Ordinal)
            .Select(group => NewCopy(ParseId(group.Key), WithTrace(envelope, group, traceParent)))];
    }

    private static Envelope WithTrace(Envelope envelope, IEnumerable<EnvelopeRecipient> recipients, string traceParent)
    {
        // The request belongs to the caller: what differs is changed in a copy.
        var own = envelope.Clone();
        own.TraceParent = traceParent;
        own.Recipients.Clear();
        own.Recipients.AddRange(recipients);
        return own;
    }

    private static Guid ParseId(string id) =>
        Guid.TryParse(id, out var parsed)
            ? parsed
            : throw Refuse(StatusCode.InvalidArgument, "Every recipient of an inbound message, and an outbound message, has an organization");

    private Copy NewCopy(Guid organizationId, Envelope envelope)
    {
        var key = MessageKey.Create();
        var bodyId = Guid.CreateVersion7(clock.GetUtcNow());
        return new Copy(organizationId, envelope, bodyId, key, bodies.Create(bodyId, key));
    }

    private static async Task WriteAsync(
        IAsyncStreamReader<AcceptRequest> requests, Intake intake, CancellationToken cancellationToken)
    {
        long size = 0;
        while (true)
        {
            var request = requests.Current;
            size += request.Data.Length;
            if (size > MessageOctetsMax)
                throw Refuse(StatusCode.ResourceExhausted, $"A message has at most {MessageOctetsMax} octets");
            if (!request.Data.IsEmpty)
                await intake.AppendAsync(request.Data.Memory, cancellationToken);

            if (request.Complete)
                return;
            if (!await requests.MoveNext(cancellationToken))
                throw Refuse(StatusCode.InvalidArgument, "The message ended before it was complete");
        }
    }

    /// <summary>
    /// What each organization makes of it: one that enforces DMARC does what the policy of the domain in From wants. When all do and it wants that,
    /// the message is refused here and now; when only some do, for theirs the junk folder is the next best thing.
    /// </summary>
    private async Task JudgeAsync(AuthenticationVerdict verdict, SpooledEnvelope facts, List<Copy> copies, CancellationToken cancellationToken)
    {
        facts.Trace = ByteString.CopyFromUtf8(verdict.Fields);
        facts.IsForged = verdict.Dmarc.Outcome == DmarcOutcome.Fail;
        if (verdict.Dmarc.Applied == DmarcPolicy.None)
            return;
        foreach (var copy in copies)
            copy.IsJunk = (await PolicyAsync(copy.OrganizationId, cancellationToken)).EnforcesDmarc;
        if (verdict.Dmarc.Applied == DmarcPolicy.Reject && copies.TrueForAll(copy => copy.IsJunk))
            throw new RpcException(MessageRefused.Because($"{verdict.Dmarc.Domain} wants mail refused that is not authenticated as its own (DMARC)"));
    }

    private async Task<SpooledMessage[]> CompleteAsync(List<Copy> copies, MessageSummary summary, SpooledEnvelope facts, CancellationToken cancellationToken)
    {
        if (CountAttachments(summary.Root) > AttachmentsMax)
            throw Refuse(StatusCode.InvalidArgument, $"A message has at most {AttachmentsMax} attachments");
        var summaryOctets = summary.ToByteArray();
        var now = clock.GetUtcNow();
        var accepted = new SpooledMessage[copies.Count];
        for (var i = 0; i < accepted.Length; i++)
        {
            var copy = copies[i];
            using var transport = await GetKeyAsync(copy.OrganizationId, cancellationToken);
            accepted[i] = new SpooledMessage
            {
                OrganizationId = copy.OrganizationId,
                MessageId = Guid.CreateVersion7(now),
                Key = copy.Key,
                SealedKey = TransportKeys.SealKey(transport, copy.BodyId, copy.Key),
                SealedSummary = copy.Key.SealCompressed(summaryOctets, SpooledMessage.SummaryContext(copy.BodyId)),
                Content = new SpooledEnvelope(facts) { Envelope = copy.Envelope, IsJunk = copy.IsJunk },
                Body = await copy.Writer.CompleteAsync(cancellationToken),
                Attempts = 0,
                ReceivedAt = now,
                ExpiresAt = now + options.ExpireAfter,
            };
        }

        return accepted;
    }

    private static int CountAttachments(MimePart part) =>
        part.Disposition == "attachment" ? 1 : part.Children.Sum(CountAttachments);

    private async ValueTask<DataKey> GetKeyAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        try
        {
            return await keys.GetAsync(organizationId, cancellationToken);
        }
        catch (RpcException locked) when (locked.StatusCode == StatusCode.FailedPrecondition)
        {
            // A locked key must not lose mail: the sender keeps it and tries again.
            throw Refuse(StatusCode.Unavailable, locked.Status.Detail);
        }
    }

    private async ValueTask<GetMailPolicyResponse> PolicyAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        try
        {
            return await policies.GetAsync(organizationId, cancellationToken);
        }
        catch (RpcException locked) when (locked.StatusCode == StatusCode.FailedPrecondition)
        {
            throw Refuse(StatusCode.Unavailable, locked.Status.Detail);
        }
    }

    private Change ToRow(SpooledMessage message) =>
        SpoolTable.Inserted(message, process.Id, message.ReceivedAt + options.Lease);

    private sealed record Copy(Guid OrganizationId, Envelope Envelope, Guid BodyId, MessageKey Key, BodyWriter Writer)
    {
        public bool IsJunk { get; set; }
    }
}

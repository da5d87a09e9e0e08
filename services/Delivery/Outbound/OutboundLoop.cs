using System.Diagnostics;
using Google.Protobuf;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery.Bounces;
using Mailstead.Delivery.Routing;
using Mailstead.Delivery.Spool;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Delivery.Outbound;

/// <summary>Sends what waits in the outbound queue, many destinations at once, and decides what happens to what could not be sent.</summary>
internal sealed partial class OutboundLoop(
    [FromKeyedServices("delivery")] Database database, OutboundQueue queue, SmtpTransport transport, GatewayTransport gateways, IBodyStore bodies, TransportKeys keys,
    Reports reports, OwnMessages messages, ProcessIdentity process, DeliveryOptions options, TimeProvider clock, ILogger<OutboundLoop> logger) : BackgroundService
{
    private static readonly ActivitySource Source = new("Mailstead.Delivery");
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var slots = new SemaphoreSlim(options.OutboundWorkers);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await queue.WaitAsync(options.SweepInterval, stoppingToken);
                while (await StartAsync(slots, stoppingToken))
                {
                    // There may be more.
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                LogFailed(failure);
            }
        }

        for (var i = 0; i < options.OutboundWorkers; i++)
            await slots.WaitAsync(CancellationToken.None);
    }

    private async Task<bool> StartAsync(SemaphoreSlim slots, CancellationToken stopping)
    {
        await slots.WaitAsync(stopping);
        var isStarted = false;
        try
        {
            var rows = await queue.ClaimAsync(process.Id, 1, stopping);
            if (rows.Count == 0)
                return false;
            isStarted = true;
            _ = RunAsync(rows[0], slots, stopping);
            return true;
        }
        finally
        {
            if (!isStarted)
                slots.Release();
        }
    }

    private async Task RunAsync(OutboundRow row, SemaphoreSlim slots, CancellationToken stopping)
    {
        queue.Held.Add(row.OrganizationId, row.QueueId);
        try
        {
            using var drained = new CancellationTokenSource();
            // A message in the middle of DATA is better finished: broken off at its very end it would arrive twice.
            await using var limit = stopping.Register(() => drained.CancelAfter(DrainTime));
            try
            {
                await SendAsync(row, drained.Token);
            }
            catch (OperationCanceledException) when (drained.IsCancellationRequested)
            {
                await queue.ReleaseAsync(row);
            }
            catch (Exception failure)
            {
                // A locked key, or an error of ours. Without the key nothing can be decided, not even that it is too late.
                LogSendingFailed(failure, row.MessageId);
                await queue.PostponeAsync(row, clock.GetUtcNow() + Backoff.OfInner(options, row.Attempts));
            }
        }
        catch (Exception failure)
        {
            // The database is in trouble. The lease ends by itself.
            LogSendingFailed(failure, row.MessageId);
        }
        finally
        {
            queue.Held.Remove(row.OrganizationId, row.QueueId);
            slots.Release();
        }
    }

    private async Task SendAsync(OutboundRow row, CancellationToken cancellationToken)
    {
        using var transportKey = await keys.GetAsync(row.OrganizationId, cancellationToken);
        using var key = TransportKeys.OpenKey(transportKey, row.Body.BodyId, row.SealedKey);
        var job = OutboundJob.Parser.ParseFrom(key.Open(row.SealedJob, OutboundRow.JobContext(row.QueueId)));
        using var activity = Source.StartActivity("send", ActivityKind.Client, job.Envelope.TraceParent);
        await RecordAsync(row, key, job, await TransportAsync(row, key, job, cancellationToken));
    }

    private async Task<IReadOnlyList<TransportResult>> TransportAsync(
        OutboundRow row, MessageKey key, OutboundJob job, CancellationToken cancellationToken)
    {
        try
        {
            using var body = await bodies.OpenAsync(row.Body.BodyId, row.Body.Location, key, cancellationToken);
            var message = ToOutgoing(job, body);
            return job.GatewayName.Length > 0
                ? await gateways.SendAsync(row.OrganizationId, job.GatewayName, message, cancellationToken)
                : await transport.SendAsync(job.Destination, message, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // It may be better next time; if not, the message expires and its sender is told.
            LogSendingFailed(failure, row.MessageId);
            var reply = new SmtpReply(451, "4.3.0", "The message could not be handled because of an internal error");
            return [.. job.Envelope.Recipients.Select(_ => new TransportResult(reply, ""))];
        }
    }

    private async Task RecordAsync(OutboundRow row, MessageKey key, OutboundJob job, IReadOnlyList<TransportResult> results)
    {
        var now = clock.GetUtcNow();
        var isExpired = now.ToUnixTimeMilliseconds() >= row.ExpiresAt;
        var isLate = now.ToUnixTimeMilliseconds() >= row.WarnAt;
        var rest = job.Clone();
        rest.Envelope.Recipients.Clear();
        var outcomes = new List<RecipientOutcome>();
        for (var i = 0; i < results.Count; i++)
        {
            var recipient = job.Envelope.Recipients[i];
            if (results[i].Reply.IsTransient && !isExpired)
                rest.Envelope.Recipients.Add(recipient);
            if (OutcomeOf(recipient, results[i], isExpired, isLate) is { } outcome)
                outcomes.Add(outcome);
        }

        using var about = About(row, key, job);
        var report = await reports.PrepareAsync(about, outcomes, CancellationToken.None);
        var warnAt = isLate ? long.MaxValue : row.WarnAt;
        await database.WriteAsync(
            TenantScope.Of(row.OrganizationId),
            async transaction =>
            {
                if (report is not null)
                    await messages.InsertAsync(transaction, report);
                return rest.Envelope.Recipients.Count == 0
                    ? await OutboundQueue.DeleteAsync(transaction, row)
                    : await OutboundQueue.DeferAsync(
                        transaction, row, key.Seal(rest.ToByteArray(), OutboundRow.JobContext(row.QueueId)),
                        now + Backoff.Of(options, row.Attempts), warnAt);
            },
            CancellationToken.None);
        if (report is not null)
            await messages.SendAsync(report);
        LogSent(row.MessageId, results.Count(result => result.Reply.IsPositive), results.Count, rest.Envelope.Recipients.Count);
    }

    private static RecipientOutcome? OutcomeOf(EnvelopeRecipient recipient, TransportResult result, bool isExpired, bool isLate)
    {
        var reply = result.Reply;
        if (reply.IsPositive)
        {
            DeliveryMetrics.Sent.Add(1);
            return new RecipientOutcome(recipient, "relayed", "2.0.0", "", result.RemoteHost);
        }

        var isFailed = !reply.IsTransient || isExpired;
        if (!isFailed && !isLate)
            return null;
        if (isFailed)
            DeliveryMetrics.Bounced.Add(1);
        var code = reply.EnhancedCode.Length > 0 ? reply.EnhancedCode : reply.IsTransient ? "4.0.0" : "5.0.0";
        return new RecipientOutcome(
            recipient, isFailed ? "failed" : "delayed", isExpired ? "4.4.7" : code, reply.ToString(), result.RemoteHost);
    }

    /// <summary>The message that a report is about, with what an outbound row still knows of it.</summary>
    private static SpooledMessage About(OutboundRow row, MessageKey key, OutboundJob job) => new()
    {
        OrganizationId = row.OrganizationId,
        MessageId = row.MessageId,
        Body = row.Body,
        Key = MessageKey.From(key.Octets),
        SealedKey = row.SealedKey,
        SealedSummary = [],
        Content = new SpooledEnvelope { Envelope = job.Envelope },
        Attempts = row.Attempts,
        ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
        ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(row.ExpiresAt),
    };

    private static OutgoingMessage ToOutgoing(OutboundJob job, BodyReader body) => new()
    {
        ReturnPath = job.Envelope.ReturnPath,
        Recipients = [.. job.Envelope.Recipients.Select(recipient => new OutgoingRecipient(recipient.Address, NotifyOf(recipient), recipient.OriginalRecipient))],
        Size = job.Prologue.Length + body.Size,
        NeedsSmtpUtf8 = job.Envelope.Smtputf8,
        IsEightBit = job.Envelope.EightBit,
        RequiresTls = job.Envelope.RequireTls,
        EnvelopeId = job.Envelope.EnvelopeId,
        DsnReturn = job.Envelope.DsnReturn switch
        {
            DsnReturn.Full => "FULL",
            DsnReturn.Headers => "HDRS",
            _ => "",
        },
        ReadAsync = (offset, destination, cancellationToken) => ReadAsync(job.Prologue.Memory, body, offset, destination, cancellationToken),
    };

    /// <summary>The prologue, then the body.</summary>
    private static ValueTask<int> ReadAsync(
        ReadOnlyMemory<byte> prologue, BodyReader body, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (offset >= prologue.Length)
            return body.ReadAsync(offset - prologue.Length, destination, cancellationToken);
        var count = Math.Min(prologue.Length - (int)offset, destination.Length);
        prologue.Slice((int)offset, count).CopyTo(destination);
        return ValueTask.FromResult(count);
    }

    private static string NotifyOf(EnvelopeRecipient recipient)
    {
        if (recipient.NotifyNever)
            return "NEVER";
        string[] wanted =
        [
            .. recipient.NotifySuccess ? ["SUCCESS"] : Array.Empty<string>(),
            .. recipient.NotifyFailure ? ["FAILURE"] : Array.Empty<string>(),
            .. recipient.NotifyDelay ? ["DELAY"] : Array.Empty<string>(),
        ];
        return string.Join(',', wanted);
    }

    [LoggerMessage(LogLevel.Information, "Message {MessageId}: sent to {Sent} of {All} recipients of a destination, {Waiting} wait")]
    private partial void LogSent(Guid messageId, int sent, int all, int waiting);

    [LoggerMessage(LogLevel.Error, "Sending message {MessageId} failed")]
    private partial void LogSendingFailed(Exception failure, Guid messageId);

    [LoggerMessage(LogLevel.Error, "Looking through the outbound queue failed")]
    private partial void LogFailed(Exception failure);
}

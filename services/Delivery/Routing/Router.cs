using System.Diagnostics;
using Grpc.Core;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery.Bounces;
using Mailstead.Delivery.Journaling;
using Mailstead.Delivery.MailFlow;
using Mailstead.Delivery.MessageFlow;
using Mailstead.Delivery.Outbound;
using Mailstead.Delivery.Spool;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Delivery.Routing;

/// <summary>
/// Finishes one spooled message, or as much of it as can be done now. The steps, in order:
/// <list type="number">
/// <item>loops are stopped;</item>
/// <item>addresses are looked up: <see cref="Resolve"/>;</item>
/// <item>mail-flow rules decide about each recipient: <see cref="ApplyRules"/> , or leave that to a function: <see cref="Functions.FunctionCalls"/>;</item>
/// <item>groups are expanded;</item>
/// <item>the organization's journal gets its report: <see cref="Journal"/>;</item>
/// <item>mailboxes of the organization get their copies: <see cref="DeliverLocally"/>;</item>
/// <item>other organizations of the installation get the message as their own inbound mail: <see cref="HandOver"/>;</item>
/// <item>everyone else goes to the outbound queue, failures become one report to the sender, and what has to wait stays.</item>
/// </list>
/// All that a pass decides is recorded in one transaction with the end of the spool row; when mailboxes here are all that it
/// went to there is nothing to record, and the row may end a moment later. A pass that dies is done again from the start:
/// deliveries and hand-overs recognise their repetition.
/// </summary>
internal sealed partial class Router(
    [FromKeyedServices("delivery")] Database database, Resolve resolve, ApplyRules rules, Journal journal, DeliverLocally local, HandOver handOver,
    OutboundQueue outbound, RoutingQueue routing, OwnMessages messages, Reports reports, FinishedMessages finished, DeliveryOptions options, TimeProvider clock,
    ILogger<Router> logger)
{
    private const int ReceivedMax = 100;

    private static readonly ActivitySource Source = new("Mailstead.Delivery");

    public async Task RouteAsync(SpooledMessage message, CancellationToken cancellationToken)
    {
        using var activity = Source.StartActivity("route", ActivityKind.Consumer, message.Envelope.TraceParent);
        var pass = new RoutingPass(message, activity?.Id ?? message.Envelope.TraceParent);
        try
        {
            if (message.Content.ReceivedCount > ReceivedMax)
                pass.FailAll("5.4.6", $"The message has been through more than {ReceivedMax} servers: it is in a loop");
            else
                await RunAsync(pass, cancellationToken);
        }
        catch (RpcException unavailable) when (unavailable.StatusCode != StatusCode.Cancelled)
        {
            // Whoever has not been decided about yet is tried again later; what was decided stands.
            pass.DeferRest("4.3.0", unavailable.Status.Detail);
            LogUnavailable(message.MessageId, unavailable.StatusCode);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // It may be better next time; if not, the message expires and its sender is told.
            pass.DeferRest("4.3.0", "The message could not be handled because of an internal error");
            LogFailed(failure, message.MessageId);
        }

        await RecordAsync(pass, cancellationToken);
        DeliveryMetrics.Latency.Record((clock.GetUtcNow() - message.ReceivedAt).TotalSeconds);
    }

    private async Task RunAsync(RoutingPass pass, CancellationToken cancellationToken)
    {
        var resolved = await resolve.RunAsync(pass, cancellationToken);
        await rules.RunAsync(pass, resolved, cancellationToken);
        var passed = pass.Message.Envelope.Recipients.Where(recipient => !pass.IsDecided(recipient)).ToList();
        var targets = await resolve.PlaceAsync(pass, resolved, cancellationToken);
        await journal.RunAsync(pass, passed, cancellationToken);
        await local.RunAsync(pass, targets.Mailboxes, cancellationToken);
        foreach (var (organizationId, recipients) in targets.OtherOrganizations)
            await handOver.RunAsync(pass, organizationId, recipients, cancellationToken);
        pass.Remote.AddRange(targets.Remote);
    }

    private async Task RecordAsync(RoutingPass pass, CancellationToken cancellationToken)
    {
        var message = pass.Message;
        var now = clock.GetUtcNow();
        if (pass.Deferred.Count > 0 && now >= message.ExpiresAt)
            pass.ExpireDeferred();
        if (pass.Deferred.Count > 0 && !message.Content.DelayTold && now >= message.ReceivedAt + options.WarnAfter)
            pass.TellDelay();
        var report = await reports.PrepareAsync(pass, cancellationToken);
        var jobs = await outbound.PrepareAsync(message, pass.Remote, cancellationToken);
        // A copy that was handed over and has left the spool would be handed over again, and what it sent to elsewhere with it.
        SpooledMessage[] made = [.. new[] { report, pass.JournalReport }.OfType<SpooledMessage>()];
        if (made.Length == 0 && jobs.Count == 0 && !pass.HasRest && pass.Tellings.Count == 0 && !pass.IsHandedOver)
        {
            await finished.AddAsync(message, cancellationToken);
            return;
        }

        await database.WriteAsync(
            TenantScope.Of(message.OrganizationId),
            async transaction =>
            {
                foreach (var own in made)
                    await messages.InsertAsync(transaction, own);
                foreach (var job in jobs)
                    await OutboundQueue.InsertAsync(transaction, job);
                await InsertCallsAsync(transaction, pass, now);
                if (!pass.HasRest)
                    return await SpoolTable.DeleteAsync(transaction, message.OrganizationId, message.MessageId);
                var next = pass.Call is null ? now + Backoff.OfInner(options, message.Attempts) : now;
                return await SpoolTable.DeferAsync(transaction, message, pass.Rest(), next);
            },
            cancellationToken);
        foreach (var own in made)
            await messages.SendAsync(own);
        if (jobs.Count > 0)
            outbound.Wake();
        if (pass.Call is not null || pass.Tellings.Count > 0)
            routing.Wake();
        if (pass.Deferred.Count > 0)
            DeliveryMetrics.Deferred.Add(1);
    }

    /// <summary>What is to be told of it goes into rows of its own; and whoever is asked or told may read it.</summary>
    private async ValueTask InsertCallsAsync(Transaction transaction, RoutingPass pass, DateTimeOffset now)
    {
        foreach (var telling in pass.Tellings)
            await messages.InsertForSweeperAsync(transaction, telling);
        if (pass.Call is not null || pass.Tellings.Count > 0)
            await TransitTable.InsertAsync(transaction, pass.Message, isHeld: pass.Call is not null, now + options.MessageFlowLife);
    }

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} has to wait: {Code}")]
    private partial void LogUnavailable(Guid messageId, StatusCode code);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} has to wait because of an error")]
    private partial void LogFailed(Exception failure, Guid messageId);
}

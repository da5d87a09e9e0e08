using System.Collections.Concurrent;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Delivery.MailFlow;
using Mailstead.Delivery.MessageFlow;
using Mailstead.Delivery.Routing;
using Mailstead.Delivery.Spool;
using Mailstead.Persistence.Databases;
using Mailstead.Protocols.Mime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Delivery.Functions;

/// <summary>
/// Calls of functions that are on their way. Each is a task of its own: a router is never kept waiting. What a call leads to is recorded in the
/// message's spool row, and the sweeper goes on with it; one that fails is tried again later, until the rule's timeout, also by another process.
/// </summary>
internal sealed partial class FunctionCalls(
    [FromKeyedServices("delivery")] Database database, RoutingQueue routing, FunctionTargets targets, MailPolicies policies, TransportKeys keys,
    ProcessIdentity process, DeliveryOptions options, TimeProvider clock, ILogger<FunctionCalls> logger) : IDisposable
{
    private const int SummaryOctetsMax = 16 * 1024 * 1024;
    private const int OrganizationsPerProcess = 5;

    private readonly ConcurrentDictionary<Guid, int> running = [];
    private readonly ConcurrentDictionary<Task, bool> tasks = [];
    private readonly CancellationTokenSource stopping = new();
    private int total;

    /// <summary>Takes the message over. False: too many calls are on their way; it is the caller's to try again later.</summary>
    public bool TryStart(SpooledMessage message)
    {
        var organizationId = message.OrganizationId;
        if (Interlocked.Increment(ref total) > options.FunctionCalls
            | running.AddOrUpdate(organizationId, 1, (_, count) => count + 1) > options.FunctionCalls / OrganizationsPerProcess)
        {
            End(organizationId);
            return false;
        }

        routing.Held.Add(organizationId, message.MessageId);
        var task = Task.Run(() => RunAsync(message));
        tasks[task] = true;
        task.ContinueWith(done => tasks.TryRemove(done, out _), TaskScheduler.Default);
        return true;
    }

    /// <summary>Ends what is on its way; whoever comes next does it again.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(tasks.Keys);
    }

    public void Dispose() => stopping.Dispose();

    private void End(Guid organizationId)
    {
        Interlocked.Decrement(ref total);
        if (running.AddOrUpdate(organizationId, 0, (_, count) => count - 1) <= 0)
            running.TryRemove(new KeyValuePair<Guid, int>(organizationId, 0));
    }

    private async Task RunAsync(SpooledMessage message)
    {
        try
        {
            using (message)
                await CallAsync(message);
        }
        catch (OperationCanceledException)
        {
            await GiveBackAsync(message, clock.GetUtcNow());
        }
        catch (Exception failure)
        {
            LogFailed(failure, message.MessageId);
            await GiveBackAsync(message, clock.GetUtcNow() + Backoff.OfInner(options, message.Attempts));
        }
        finally
        {
            routing.Held.Remove(message.OrganizationId, message.MessageId);
            End(message.OrganizationId);
        }
    }

    private async Task CallAsync(SpooledMessage message)
    {
        var call = message.Content.FunctionCall;
        try
        {
            var answer = await InvokeAsync(message, call);
            if (!call.IsToldOnly)
                FunctionAnswer.Parse(answer, call.Direction).Apply(call, message.Content);
            LogCalled(message.MessageId, call.RuleName);
        }
        catch (FunctionFailedException failure)
        {
            LogRefused(message.MessageId, call.RuleName, failure.Message);
            var next = clock.GetUtcNow() + Backoff.OfInner(options, call.Tries++);
            if (next.ToUnixTimeMilliseconds() < call.StartedAt + (long)TimeSpan.FromMinutes(call.Function.TimeoutMinutes).TotalMilliseconds)
            {
                await database.WriteAsync(
                    TenantScope.Of(message.OrganizationId), transaction => SpoolTable.ContinueAsync(transaction, message, process.Id, next), CancellationToken.None);
                return;
            }

            FunctionAnswer.ApplyFallback(call, message.Content);
        }

        await GoOnAsync(message, isAlone: call.IsToldOnly);
    }

    private async Task<byte[]> InvokeAsync(SpooledMessage message, FunctionCall call)
    {
        var summary = MessageSummary.Parser.ParseFrom(
            message.Key.OpenCompressed(message.SealedSummary, SpooledMessage.SummaryContext(message.Body.BodyId), SummaryOctetsMax));
        var subject = HeaderFields.TryFind(summary.Header.Span, "Subject"u8, out var value) ? HeaderText.Decode(value) : "";
        var secret = (await policies.GetAsync(message.OrganizationId, stopping.Token)).FunctionSecret.ToByteArray();
        return await targets.InvokeAsync(
            new FunctionRequest(call.Function.Target, call.InvocationId, FunctionEvent.Write(call, message.Content, subject), !call.IsToldOnly, secret),
            stopping.Token);
    }

    /// <summary>The call is over: the message goes on, with the content that a function has put in its place, if one has.</summary>
    private async Task GoOnAsync(SpooledMessage message, bool isAlone)
    {
        message.Content.FunctionCall = null;
        var (organizationId, messageId) = (message.OrganizationId, message.MessageId);
        using var transport = await keys.GetAsync(organizationId, stopping.Token);
        await database.WriteAsync(
            TenantScope.Of(organizationId),
            async transaction =>
            {
                if (isAlone)
                    return await SpoolTable.DeleteAsync(transaction, organizationId, messageId);
                var row = await TransitTable.FindAsync(transaction, organizationId, messageId);
                using var replaced = row is null ? null : Replacement.Of(message, row, transport);
                await TransitTable.ReleaseAsync(transaction, organizationId, messageId);
                return await SpoolTable.ContinueAsync(transaction, replaced ?? message, process.Id, clock.GetUtcNow());
            },
            CancellationToken.None);
        if (!isAlone)
            routing.Wake();
    }

    private async Task GiveBackAsync(SpooledMessage message, DateTimeOffset next)
    {
        try
        {
            await database.WriteAsync(
                TenantScope.Of(message.OrganizationId),
                transaction => SpoolTable.PostponeAsync(transaction, message.OrganizationId, message.MessageId, process.Id, next), CancellationToken.None);
        }
        catch (Exception failure)
        {
            // The database is in trouble. The lease ends by itself.
            LogFailed(failure, message.MessageId);
        }
    }

    [LoggerMessage(LogLevel.Information, "Message {MessageId}: the function of rule {Rule} has been called")]
    private partial void LogCalled(Guid messageId, string rule);

    [LoggerMessage(LogLevel.Warning, "Message {MessageId}: the function of rule {Rule} failed. {Reason}")]
    private partial void LogRefused(Guid messageId, string rule, string reason);

    [LoggerMessage(LogLevel.Error, "Calling a function about message {MessageId} failed")]
    private partial void LogFailed(Exception failure, Guid messageId);
}

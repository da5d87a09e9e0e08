using System.Threading.Channels;
using Grpc.Core;
using Mailstead.Contracts.CloudTrail.V1;
using Mailstead.Contracts.Directories.V1;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.ApiLog;

/// <summary>
/// Records calls, many at once. Whoever changes something is answered when the record is kept; whoever only reads does not wait for it.
/// While records can't be kept they wait here, and so, when there are too many, do calls.
/// </summary>
public sealed partial class CallLog(DirectoriesApi.DirectoriesApiClient directories, TimeProvider clock, ILogger<CallLog> logger) : BackgroundService
{
    private const int WaitingMax = 10_000;
    private const int AtOnce = 500;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Channel<Entry> waiting = Channel.CreateBounded<Entry>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });

    /// <summary>Not to be cancelled: whoever hangs up would choose what is in the log.</summary>
    public async ValueTask WriteAsync(Event call, bool isReadOnly)
    {
        if (ExecuteTask is { IsCompleted: true })
        {
            // The process ends, and nobody gathers records any more.
            await directories.RecordCallsAsync(new RecordCallsRequest { Events = { call } });
            return;
        }

        var entry = new Entry(call, isReadOnly ? null : new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await waiting.Writer.WriteAsync(entry);
        if (entry.Kept is null)
            return;
        try
        {
            await entry.Kept.Task.WaitAsync(Patience, clock);
        }
        catch (TimeoutException)
        {
            // It has been carried out, and its record is kept as soon as that is possible.
            LogLate(call.EventId);
        }
    }

    /// <summary>For what must not wait for the log, whatever becomes of it: with too many records waiting one is lost, and that is logged.</summary>
    public void WriteOrDrop(Event call)
    {
        if (!waiting.Writer.TryWrite(new Entry(call, null)))
            LogDropped(call.EventName, call.EventId);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Entry>(AtOnce);
        while (await WaitAsync(stoppingToken))
        {
            while (batch.Count < AtOnce && waiting.Reader.TryRead(out var entry))
                batch.Add(entry);
            await KeepAsync(batch, stoppingToken);
            batch.Clear();
        }
    }

    /// <summary>False: the process ends and nothing is left.</summary>
    private async Task<bool> WaitAsync(CancellationToken stoppingToken)
    {
        try
        {
            return await waiting.Reader.WaitToReadAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return waiting.Reader.Count > 0;
        }
    }

    private async Task KeepAsync(List<Entry> batch, CancellationToken stoppingToken)
    {
        var request = new RecordCallsRequest { Events = { batch.Select(entry => entry.Call) } };
        while (true)
        {
            try
            {
                // Also while the process ends: these are the last words.
                await directories.RecordCallsAsync(request, deadline: (clock.GetUtcNow() + Patience).UtcDateTime, cancellationToken: CancellationToken.None);
                batch.ForEach(entry => entry.Kept?.TrySetResult());
                return;
            }
            catch (RpcException failure)
            {
                LogFailed(batch.Count, failure.StatusCode);
                if (stoppingToken.IsCancellationRequested)
                    return;
                await Task.Delay(RetryAfter, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} records of calls can't be kept now: {StatusCode}")]
    private partial void LogFailed(int count, StatusCode statusCode);

    [LoggerMessage(LogLevel.Warning, "Call {EventId} was answered before its record was kept")]
    private partial void LogLate(string eventId);

    [LoggerMessage(LogLevel.Error, "The record of {Operation}, event {EventId}, is lost: too many wait to be kept")]
    private partial void LogDropped(string operation, string eventId);

    private sealed record Entry(Event Call, TaskCompletionSource? Kept);
}

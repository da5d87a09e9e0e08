using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Bus;

/// <summary>
/// Events on their way to the bus. Nobody who announces one waits for the broker: it is published behind their back, again
/// and again while there is no broker. Of events about the same thing only one is on its way at a time and one waits, the
/// latest: a hint said a thousand times costs the broker a few. What is announced must be repairable when the process dies.
/// </summary>
public sealed partial class Announcements(IBus bus, TimeProvider clock, ILogger<Announcements> logger) : BackgroundService
{
    private const int PendingMax = 100_000;
    private const int AtOnce = 200;
    private static readonly Meter Meter = new("Mailstead.Bus");
    private static readonly Counter<long> Published = Meter.CreateCounter<long>("mailstead.bus.published", "{event}");
    private static readonly Counter<long> Failed = Meter.CreateCounter<long>("mailstead.bus.publish_failures", "{attempt}");
    private static readonly Counter<long> Dropped = Meter.CreateCounter<long>("mailstead.bus.dropped", "{event}");

    private readonly ConcurrentDictionary<(Type Type, Guid About), Pending> pending = new();
    private readonly SemaphoreSlim signal = new(0);

    /// <param name="about">Events of one type about the same id stand for each other.</param>
    /// <param name="published">Runs when the broker has the event; what fails in it is only logged.</param>
    public void Add<TEvent>(TEvent happened, Guid about = default, Func<CancellationToken, Task>? published = null)
        where TEvent : class
    {
        if (pending.Count >= PendingMax && !pending.ContainsKey((typeof(TEvent), about)))
        {
            Dropped.Add(1);
            LogDropped(typeof(TEvent).Name);
            return;
        }

        pending[(typeof(TEvent), about)] = new Pending(happened, published);
        if (signal.CurrentCount == 0)
            signal.Release();
    }

    public override void Dispose()
    {
        signal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await signal.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (!pending.IsEmpty && !stoppingToken.IsCancellationRequested)
            {
                if (!await PublishAsync(Budgets.Publish, stoppingToken))
                    await Task.Delay(Budgets.PublishPause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        if (!pending.IsEmpty)
            await PublishAsync(Budgets.PublishAtEnd, CancellationToken.None);
    }

    /// <summary>True when the broker has confirmed all that were taken.</summary>
    private async Task<bool> PublishAsync(TimeSpan patience, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        var outcomes = await Task.WhenAll(pending.Keys.Take(AtOnce).Select(key => PublishAsync(key, either.Token)));
        return Array.TrueForAll(outcomes, isPublished => isPublished);
    }

    private async Task<bool> PublishAsync((Type Type, Guid About) key, CancellationToken cancellationToken)
    {
        if (!pending.TryRemove(key, out var happened))
            return true;
        try
        {
            await bus.Publish(happened.Event, key.Type, cancellationToken).WaitAsync(cancellationToken);
            Published.Add(1);
        }
        catch (Exception failure)
        {
            // What came meanwhile is newer.
            pending.TryAdd(key, happened);
            Failed.Add(1);
            LogFailed(key.Type.Name, failure.GetType().Name);
            return false;
        }

        await TellAsync(key.Type, happened, cancellationToken);
        return true;
    }

    private async Task TellAsync(Type type, Pending happened, CancellationToken cancellationToken)
    {
        try
        {
            if (happened.Published is { } published)
                await published(cancellationToken);
        }
        catch (Exception failure)
        {
            // Whoever keeps it for the case that it was not published will publish it again.
            LogNotNoted(type.Name, failure.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Publishing {Event} failed: {Failure}; it is tried again")]
    private partial void LogFailed(string @event, string failure);

    [LoggerMessage(LogLevel.Warning, "That {Event} was published could not be noted: {Failure}")]
    private partial void LogNotNoted(string @event, string failure);

    [LoggerMessage(LogLevel.Error, "Too many events wait for the bus: {Event} is dropped")]
    private partial void LogDropped(string @event);

    private sealed record Pending(object Event, Func<CancellationToken, Task>? Published);
}

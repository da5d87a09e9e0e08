using System.Collections.Concurrent;
using System.Diagnostics;

namespace Mailstead.Kubernetes.Mail;

/// <summary>
/// What was sent and what came of it. A message whose 250 was heard must be in its mailbox once; one whose answer was not heard may
/// be there once or not at all.
/// </summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<string, (string Recipient, long At)> acknowledged = [];
    private readonly ConcurrentDictionary<string, string> unanswered = [];
    private readonly ConcurrentDictionary<string, TimeSpan> seenAfter = [];
    private long lastAcknowledged;
    private long longestGap;

    public int Acknowledged => acknowledged.Count;

    public int Unanswered => unanswered.Count;

    /// <summary>The longest time in which no message was accepted, since <see cref="Begin"/>.</summary>
    public TimeSpan LongestGap => Stopwatch.GetElapsedTime(0, longestGap);

    /// <summary>From the 250 until a syncing client had the message.</summary>
    public IReadOnlyList<TimeSpan> Latencies => [.. seenAfter.Values.Order()];

    public void Begin() => (lastAcknowledged, longestGap) = (Stopwatch.GetTimestamp(), 0);

    public void Acknowledge(string id, string recipient)
    {
        var now = Stopwatch.GetTimestamp();
        acknowledged[id] = (recipient, now);
        var gap = now - Interlocked.Exchange(ref lastAcknowledged, now);
        for (var known = Volatile.Read(ref longestGap); gap > known; known = Volatile.Read(ref longestGap))
            Interlocked.CompareExchange(ref longestGap, gap, known);
    }

    public void LeaveOpen(string id, string recipient) => unanswered[id] = recipient;

    public void See(string id)
    {
        if (acknowledged.TryGetValue(id, out var sent))
            seenAfter.TryAdd(id, Stopwatch.GetElapsedTime(sent.At));
    }

    /// <summary>Acknowledged messages that a mailbox hasn't, so far.</summary>
    public IReadOnlyList<string> MissingFrom(string recipient, IEnumerable<string> found) =>
        [.. acknowledged.Where(sent => sent.Value.Recipient == recipient).Select(sent => sent.Key).Except(found)];
}

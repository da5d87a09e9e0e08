using System.Collections.Concurrent;
using System.Diagnostics;

namespace Mailstead.Drills.Load;

/// <summary>All that was handed over during one drill and what became of it.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<string, Attempt> attempts = [];
    private readonly ConcurrentDictionary<string, int> replies = [];

    public ICollection<Attempt> Attempts => attempts.Values;

    /// <summary>Answers to SMTP commands other than success, and how often each came.</summary>
    public IReadOnlyDictionary<string, int> Replies => replies;

    public IEnumerable<Attempt> Acknowledged => attempts.Values.Where(attempt => attempt.Outcome == Outcome.Acknowledged);

    public Attempt Begin(params string[] recipients)
    {
        var attempt = new Attempt($"{Guid.CreateVersion7():N}@drill.example", recipients, Stopwatch.GetTimestamp());
        attempts[attempt.Id] = attempt;
        return attempt;
    }

    public Attempt? Find(string id) => attempts.GetValueOrDefault(id);

    public void Replied(string reply) => replies.AddOrUpdate(reply, 1, (_, count) => count + 1);

    /// <summary>A sync client of a mailbox was told that there is news, and then found this message.</summary>
    public void Saw(string id, string address, long toldAt, long seenAt)
    {
        if (attempts.TryGetValue(id, out var attempt))
            attempt.Seen.AddOrUpdate(address, (toldAt, seenAt), (_, first) => first.SeenAt <= seenAt ? first : (toldAt, seenAt));
    }

    /// <summary>Seconds from the content's end to its answer, of attempts that began in a span of time.</summary>
    public double[] AnswerTimes(long from, long to) =>
        [.. attempts.Values.Where(attempt => attempt.AnsweredAt > 0 && attempt.SentAt > 0 && attempt.BegunAt >= from && attempt.BegunAt < to)
            .Select(attempt => Stopwatch.GetElapsedTime(attempt.SentAt, attempt.AnsweredAt).TotalSeconds)];

    /// <summary>Seconds from the 250 to the moment at which an idle client hears of the message, zero when it hears first.</summary>
    public double[] WakeUps(long from, long to) =>
        [.. Acknowledged.Where(attempt => attempt.SentAt > 0 && attempt.BegunAt >= from && attempt.BegunAt < to)
            .SelectMany(attempt => attempt.Seen.Values.Select(seen => WakeUp(attempt.AnsweredAt, seen.ToldAt, seen.SeenAt)))];

    /// <summary>Seconds from a moment until a message that was begun after it is seen by a client; null: none was.</summary>
    public double? EndToEndAfter(long moment) =>
        attempts.Values.Where(attempt => attempt.BegunAt >= moment && attempt.Outcome == Outcome.Acknowledged && attempt.SentAt > 0)
            .SelectMany(attempt => attempt.Seen.Values.Select(seen => (long?)seen.SeenAt))
            .Min() is { } first ? Stopwatch.GetElapsedTime(moment, first).TotalSeconds : null;

    /// <summary>Seconds until all was seen that had been acknowledged when a moment came; null: some still is not.</summary>
    public double? CaughtUpAfter(long moment)
    {
        var due = Acknowledged.Where(attempt => attempt.AnsweredAt < moment && attempt.IsExpunged is null && attempt.SentAt > 0).ToList();
        if (due.Exists(attempt => attempt.Recipients.Any(recipient => !attempt.Seen.ContainsKey(recipient))))
            return null;
        var last = due.SelectMany(attempt => attempt.Seen.Values).Select(seen => seen.SeenAt).DefaultIfEmpty(moment).Max();
        return last <= moment ? 0 : Stopwatch.GetElapsedTime(moment, last).TotalSeconds;
    }

    /// <summary>The longest time in which no message came to a client, in seconds.</summary>
    public double LongestGap(long from, long to)
    {
        var times = attempts.Values.SelectMany(attempt => attempt.Seen.Values).Select(seen => seen.SeenAt)
            .Where(at => at > from && at < to).Append(from).Append(to).Order().ToArray();
        return times.Zip(times.Skip(1), (one, next) => Stopwatch.GetElapsedTime(one, next).TotalSeconds).Max();
    }

    private static double WakeUp(long acknowledgedAt, long toldAt, long seenAt)
    {
        // What was there at an earlier news' reading was told by that reading.
        var heardAt = toldAt >= acknowledgedAt ? toldAt : seenAt;
        return heardAt <= acknowledgedAt ? 0 : Stopwatch.GetElapsedTime(acknowledgedAt, heardAt).TotalSeconds;
    }
}

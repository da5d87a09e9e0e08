using System.Diagnostics;
using Mailstead.Drills.Clients;
using Mailstead.Drills.Load;
using Mailstead.Drills.Reports;
using Mailstead.Drills.Scenarios;

namespace Mailstead.Drills;

/// <summary>
/// One drill under load: calm, fault, recovery, then a look at everything. Each step waits for a condition, with a limit that only
/// a broken installation reaches.
/// </summary>
internal sealed class DrillRun<T>(T drilled, Drill<T> drill, Pace pace)
    where T : Drilled
{
    private static readonly TimeSpan RecoveryMax = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(2);

    private readonly Ledger ledger = new();
    private readonly DrillReport report = new(drill);

    public async Task<DrillReport> RunAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        var absent = drilled.Clients.ToDictionary(client => client, client => client.State.Copy());
        var load = new MailLoad(drilled.Ingress, [.. drilled.Accounts.Select(account => account.Address)], ledger);
        var workers = drilled.Accounts.Select(account => new MailboxWorker(account, ledger)).ToList();
        var health = new HealthWatch(drilled.Health);
        load.Start();
        workers.ForEach(worker => worker.Start());
        try
        {
            await GoThroughAsync(health, cancellationToken);
        }
        finally
        {
            await load.StopAsync();
            await Task.WhenAll(workers.Select(worker => worker.StopAsync()));
        }

        await SettleAsync(cancellationToken);
        await new Inspection(drilled, ledger, report).RunAsync(absent, cancellationToken);
        Note(workers, health);
        return report;
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await drilled.WaitUntilReadyAsync(cancellationToken);
        foreach (var account in drilled.Accounts)
            await MailboxWorker.EmptyAsync(account, cancellationToken);
        foreach (var client in drilled.Clients)
            client.Ledger = ledger;
        if (!await BecomesAsync(() => drilled.Clients.All(client => client.IsIdle), cancellationToken))
            report.Faults.Add("not all clients were idle before the drill");
    }

    private async Task GoThroughAsync(HealthWatch health, CancellationToken cancellationToken)
    {
        if (!await BecomesAsync(() => ledger.EndToEndAfter(0) is not null, cancellationToken))
            report.Faults.Add("no message came through before the fault");
        var calm = Stopwatch.GetTimestamp();
        await Task.Delay(pace.Calm, cancellationToken);
        health.Start();
        var begin = Stopwatch.GetTimestamp();
        await drill.FaultAsync(drilled, pace, cancellationToken);
        await drill.EndAsync(drilled);
        var end = Stopwatch.GetTimestamp();
        await BecomesAsync(() => ledger.EndToEndAfter(end) is not null, cancellationToken);
        await Task.Delay(Afterwards, cancellationToken);
        await health.StopAsync();
        var after = Stopwatch.GetTimestamp();

        report.FaultSeconds = Stopwatch.GetElapsedTime(begin, end).TotalSeconds;
        report.Recovered = ledger.EndToEndAfter(end);
        report.LongestGap = ledger.LongestGap(begin, after);
        report.AnswerP99 = (Percentile.P99(ledger.AnswerTimes(calm, begin)), Percentile.P99(ledger.AnswerTimes(begin, after)));
        // What is still on its way when this is read counts in the time to catch up.
        report.WakeUpP99 = (Percentile.P99(ledger.WakeUps(calm, begin)), Percentile.P99(ledger.WakeUps(begin, after)));
        Judge();
    }

    private void Judge()
    {
        if (report.Recovered is null)
            report.Faults.Add($"no message came through within {RecoveryMax.TotalSeconds:0} s after the fault's end");
        if (drill.RidesOutWithin is { } limit && report.LongestGap > limit.TotalSeconds)
            report.Faults.Add($"mail should go on: it should not pause for more than {limit.TotalSeconds:0} s");
    }

    /// <summary>All that was acknowledged is seen by clients, and nothing waits to be routed.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var stopped = Stopwatch.GetTimestamp();
        var isQuiet = await BecomesAsync(async () => (await drilled.CountWaitingAsync(cancellationToken)).Spooled == 0, cancellationToken);
        if (!isQuiet)
            report.Faults.Add($"{(await drilled.CountWaitingAsync(cancellationToken)).Spooled} messages still wait in the spool");
        await BecomesAsync(() => ledger.CaughtUpAfter(stopped) is not null, cancellationToken);
        report.CaughtUp = ledger.CaughtUpAfter(stopped);
        if (await drilled.CountWaitingAsync(cancellationToken) is { Outbound: > 0 and var bounced })
            report.Faults.Add($"{bounced} messages bounced");
    }

    private void Note(List<MailboxWorker> workers, HealthWatch health)
    {
        report.ChangesAnswered = workers.Sum(worker => worker.Answered);
        report.ChangesUnanswered = workers.Sum(worker => worker.Unanswered);
        foreach (var (reply, count) in ledger.Replies)
        {
            report.Seen[$"SMTP: {reply}"] = count;
            // 503 follows a recipient that was deferred, in a session that pipelines.
            if (reply[0] == '5' && !reply.StartsWith("503", StringComparison.Ordinal))
                report.Faults.Add($"mail was refused for good: {reply}");
        }

        foreach (var (refusal, count) in workers.SelectMany(worker => worker.Refusals))
            report.Seen[$"IMAP NO: {refusal}"] = report.Seen.GetValueOrDefault($"IMAP NO: {refusal}") + count;
        foreach (var (answer, count) in health.Answers)
            report.Seen[answer] = count;
        if (drill.MustHear.Length > 0 && !ledger.Replies.Keys.Any(reply => reply.StartsWith(drill.MustHear, StringComparison.Ordinal)))
            report.Faults.Add($"no sender heard {drill.MustHear}");
        if (!drill.MayDefer && report.Deferred + ledger.Replies.Count > 0)
            report.Faults.Add("no sender should have been put off");
    }

    private static Task<bool> BecomesAsync(Func<bool> condition, CancellationToken cancellationToken) =>
        BecomesAsync(() => Task.FromResult(condition()), cancellationToken);

    private static async Task<bool> BecomesAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        var waiting = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waiting.Elapsed > RecoveryMax)
                return false;
            await Task.Delay(50, cancellationToken);
        }

        return true;
    }
}

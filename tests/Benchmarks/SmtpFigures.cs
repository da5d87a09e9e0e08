using System.Diagnostics;
using Mailstead.Benchmarks.Loads;
using Mailstead.Benchmarks.Measures;
using Mailstead.Benchmarks.Targets;

namespace Mailstead.Benchmarks;

/// <summary>Messages accepted per second, and until the last of them is in the last mailbox, as IMAP shows it.</summary>
internal sealed class SmtpFigures(Target target, int divisor)
{
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(120);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var clients = new List<ImapClient>();
        foreach (var account in target.Accounts)
            clients.Add(await ImapClient.SignInAsync(target, account, tls: false, cancellationToken));
        await MeasureAsync(new(4096, 8, 1, 2000 / divisor), clients, isShown: false, cancellationToken);

        Report.Heading($"{target.Name}: SMTP to mailbox", "size", "sessions", "recipients", "messages", "accepted/s", "delivered msg/s", "deliveries/s", "CPU ms/msg", "p50 ms", "p99 ms", "memory MB");
        foreach (var (size, messages) in new[] { (4096, 3000), (50 * 1024, 600) })
        {
            foreach (var recipients in new[] { 1, 10 })
            {
                foreach (var sessions in new[] { 1, 8, 64 })
                    await MeasureAsync(new(size, sessions, recipients, messages / (recipients == 1 ? 1 : 5) / divisor), clients, isShown: true, cancellationToken);
            }
        }

        clients.ForEach(client => client.Dispose());
    }

    private async Task MeasureAsync(Shape shape, List<ImapClient> clients, bool isShown, CancellationToken cancellationToken)
    {
        var before = await CountAsync(clients, cancellationToken);
        var load = new SmtpLoad(target, shape.Size, shape.Recipients);
        var parts = target.Parts;
        var (cpu, each) = (ProcessTree.CpuTime(target.ProcessIds), Spent(parts));
        var watch = Stopwatch.StartNew();
        await load.RunAsync(shape.Sessions, shape.Messages, cancellationToken);
        var accepted = watch.Elapsed;
        var expected = before + (shape.Messages * shape.Recipients);
        int count;
        while ((count = await CountAsync(clients, cancellationToken)) < expected && watch.Elapsed < PatienceMax)
            await Task.Delay(5, cancellationToken);
        var delivered = watch.Elapsed;
        var used = ProcessTree.CpuTime(target.ProcessIds) - cpu;
        if (count != expected)
            Report.Alarm($"{expected - count} deliveries are missing (of {shape.Messages * shape.Recipients})");
        if (!isShown)
            return;
        load.Latencies.Sort();
        Report.Row(
            shape.Size, shape.Sessions, shape.Recipients, shape.Messages,
            shape.Messages / accepted.TotalSeconds, shape.Messages / delivered.TotalSeconds, shape.Messages * shape.Recipients / delivered.TotalSeconds,
            used.TotalMilliseconds / shape.Messages, load.Latencies[load.Latencies.Count / 2], load.Latencies[load.Latencies.Count * 99 / 100],
            ProcessTree.Memory(target.ProcessIds) / 1e6);
        if (parts.Count > 0)
            Report.Note("CPU ms/msg: " + string.Join(", ", Spent(parts).Select(part => $"{part.Key} {(part.Value - each[part.Key]).TotalMilliseconds / shape.Messages:0.00}")));
    }

    private static Dictionary<string, TimeSpan> Spent(IReadOnlyDictionary<string, IReadOnlyList<int>> parts) =>
        parts.ToDictionary(part => part.Key, part => ProcessTree.OwnCpuTime(part.Value));

    private static async Task<int> CountAsync(List<ImapClient> clients, CancellationToken cancellationToken) =>
        (await Task.WhenAll(clients.Select(client => client.CountAsync("INBOX", cancellationToken)))).Sum();

    private sealed record Shape(int Size, int Sessions, int Recipients, int Messages);
}

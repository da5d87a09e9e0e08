using System.Diagnostics;
using Mailstead.Benchmarks.Loads;
using Mailstead.Benchmarks.Targets;

namespace Mailstead.Benchmarks;

/// <summary>How long after a message was accepted a client hears of it that waits in IDLE, while nothing else goes on.</summary>
internal sealed class WakeFigures(Target target, int divisor)
{
    private const int ClientCount = 20;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var clients = new List<ImapClient>();
        foreach (var account in target.Accounts.Take(ClientCount))
        {
            var client = await ImapClient.SignInAsync(target, account, tls: false, cancellationToken);
            await client.RunAsync("SELECT INBOX", cancellationToken);
            await client.IdleAsync(cancellationToken);
            clients.Add(client);
        }

        var waits = new List<double>();
        for (var i = 0; i < 600 / divisor; i++)
        {
            var heard = clients[i % ClientCount].HearAsync("EXISTS", cancellationToken);
            var load = new SmtpLoad(target, 4096, 1) { First = i % ClientCount };
            await load.RunAsync(1, 1, cancellationToken);
            // The client may be faster than the answer.
            waits.Add(Math.Max(0, Stopwatch.GetElapsedTime(load.LastAnswer, await heard).TotalMilliseconds));
        }

        waits.Sort();
        Report.Heading($"{target.Name}: from the answer to a message until IDLE tells of it", "messages", "p50 ms", "p99 ms");
        Report.Row(waits.Count, waits[waits.Count / 2], waits[waits.Count * 99 / 100]);
        clients.ForEach(client => client.Dispose());
    }
}

using System.Diagnostics;
using Mailstead.Benchmarks.Targets;

namespace Mailstead.Benchmarks.Loads;

/// <summary>
/// What clients do all day, without pauses: of 100 commands 25 lists of headers, 25 bodies, 20 flag changes, 10 appends,
/// 10 searches, 5 SELECTs, 5 expunges. The choice is the same in every run.
/// </summary>
internal sealed class ImapMix(Target target, Account account, int seed, int bodyOctets)
{
    private const string Folder = "Mix";

    private readonly Random random = new(seed);
    private readonly byte[] message = SampleMessage.Create(seed, bodyOctets);

    /// <summary>The number of commands that were done.</summary>
    public async Task<int> RunAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        using var client = await ImapClient.SignInAsync(target, account, tls: false, cancellationToken);
        await client.RunAsync($"SELECT {Folder}", cancellationToken);
        var count = await client.CountAsync(Folder, cancellationToken);
        var done = 3;
        for (; watch.Elapsed < time; done++)
        {
            var first = random.Next(1, Math.Max(2, count - 20));
            switch (random.Next(100))
            {
                case < 25:
                    await client.RunAsync($"FETCH {first}:{Math.Min(count, first + 19)} (UID FLAGS BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)])", cancellationToken);
                    break;
                case < 50:
                    await client.RunAsync($"FETCH {first} (BODY.PEEK[])", cancellationToken);
                    break;
                case < 70:
                    await client.RunAsync($"STORE {first} {(random.Next(2) == 0 ? '+' : '-')}FLAGS.SILENT (\\Seen)", cancellationToken);
                    break;
                case < 80:
                    await client.AppendAsync(Folder, message, cancellationToken);
                    count++;
                    break;
                case < 90:
                    await client.RunAsync("SEARCH UNSEEN", cancellationToken);
                    break;
                case < 95:
                    await client.RunAsync($"SELECT {Folder}", cancellationToken);
                    break;
                default:
                    await client.RunAsync($"STORE {count} +FLAGS.SILENT (\\Deleted)", cancellationToken);
                    await client.RunAsync("EXPUNGE", cancellationToken);
                    (count, done) = (count - 1, done + 1);
                    break;
            }
        }

        return done;
    }
}

using System.Diagnostics;
using System.Text;
using Mailstead.Benchmarks.Targets;

namespace Mailstead.Benchmarks.Loads;

/// <summary>Sessions that send one message after the other, pipelined as RFC 2920 allows, to the accounts in turn.</summary>
internal sealed class SmtpLoad(Target target, int size, int recipients)
{
    private readonly byte[][] samples =
        [.. Enumerable.Range(0, 32).Select(number => (byte[])[.. SampleMessage.Create(number, size), .. ".\r\n"u8])];

    private int next;

    /// <summary>The account that the first message goes to; the others follow in turn.</summary>
    public int First { get; init; }

    /// <summary>Milliseconds from the end of a message to its answer, for each message, in no order.</summary>
    public List<double> Latencies { get; } = [];

    /// <summary>When the last message was answered, as <see cref="Stopwatch"/> tells it.</summary>
    public long LastAnswer { get; private set; }

    public async Task RunAsync(int sessions, int messages, CancellationToken cancellationToken)
    {
        next = 0;
        await Task.WhenAll(Enumerable.Range(0, sessions).Select(_ => Task.Run(() => SendAsync(messages, cancellationToken), cancellationToken)));
    }

    private async Task SendAsync(int messages, CancellationToken cancellationToken)
    {
        using var wire = await Wire.ConnectAsync(target.SmtpPort, tls: false, cancellationToken);
        await ExpectAsync(wire, '2', cancellationToken);
        await wire.SendAsync("EHLO load.example\r\n", cancellationToken);
        await ExpectAsync(wire, '2', cancellationToken);
        int number;
        while ((number = Interlocked.Increment(ref next)) <= messages)
        {
            await wire.SendAsync(Envelope(number), cancellationToken);
            for (var answer = 0; answer < recipients + 1; answer++)
                await ExpectAsync(wire, '2', cancellationToken);
            await ExpectAsync(wire, '3', cancellationToken);
            await wire.SendAsync(samples[number % samples.Length], cancellationToken);
            var watch = Stopwatch.GetTimestamp();
            await ExpectAsync(wire, '2', cancellationToken);
            LastAnswer = Stopwatch.GetTimestamp();
            lock (Latencies)
                Latencies.Add(Stopwatch.GetElapsedTime(watch).TotalMilliseconds);
        }

        await wire.SendAsync("QUIT\r\n", cancellationToken);
    }

    private string Envelope(int number)
    {
        var commands = new StringBuilder("MAIL FROM:<sender@load.example>\r\n");
        for (var i = 0; i < recipients; i++)
            commands.Append("RCPT TO:<").Append(target.Accounts[(((number - 1) * recipients) + i + First) % target.Accounts.Count].Address).Append(">\r\n");
        return commands.Append("DATA\r\n").ToString();
    }

    private static async ValueTask ExpectAsync(Wire wire, char kind, CancellationToken cancellationToken)
    {
        string line;
        do
            line = await wire.ReadLineAsync(cancellationToken);
        while (line.Length > 3 && line[3] == '-');
        if (line.Length == 0 || line[0] != kind)
            throw new InvalidOperationException($"The server answered: {line}");
    }
}

using System.Diagnostics;
using System.Globalization;
using Mailstead.Benchmarks.Loads;
using Mailstead.Benchmarks.Measures;
using Mailstead.Benchmarks.Targets;

namespace Mailstead.Benchmarks;

/// <summary>Commands per second of a usual mix, SELECT of a large folder, bodies per second.</summary>
internal sealed class ImapFigures(Target target, int divisor)
{
    private const int BodyOctets = 10 * 1024;

    private readonly TimeSpan mixTime = TimeSpan.FromSeconds(Math.Max(1, 10 / divisor));

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await FillMixAsync(cancellationToken);
        Report.Heading($"{target.Name}: IMAP, mixed commands", "connections", "commands/s", "CPU ms/command", "memory MB");
        foreach (var connections in new[] { 1, 10, 100 })
            await MixAsync(connections, cancellationToken);
        Report.Heading($"{target.Name}: IMAP, single commands", "command", "messages", "ms", "MB/s");
        await SelectAsync(100_000 / divisor, cancellationToken);
        await BodiesAsync(5_000 / divisor, cancellationToken);
    }

    private async Task FillMixAsync(CancellationToken cancellationToken)
    {
        var messages = Enumerable.Range(0, 20).Select(number => SampleMessage.Create(number, BodyOctets)).ToArray();
        await Task.WhenAll(target.Accounts.Select(async account =>
        {
            using var client = await ImapClient.SignInAsync(target, account, tls: false, cancellationToken);
            await client.RunAsync("CREATE Mix", cancellationToken);
            for (var i = 0; i < 100 / divisor; i++)
                await client.AppendAsync("Mix", messages[i % messages.Length], cancellationToken);
        }));
    }

    private async Task MixAsync(int connections, CancellationToken cancellationToken)
    {
        var cpu = ProcessTree.CpuTime(target.ProcessIds);
        var watch = Stopwatch.StartNew();
        var done = await Task.WhenAll(target.Accounts.Take(connections).Select((account, index) => Task.Run(
            () => new ImapMix(target, account, index, BodyOctets).RunAsync(mixTime, cancellationToken), cancellationToken)));
        var commands = done.Sum();
        Report.Row(
            connections, commands / watch.Elapsed.TotalSeconds,
            (ProcessTree.CpuTime(target.ProcessIds) - cpu).TotalMilliseconds / commands, ProcessTree.Memory(target.ProcessIds) / 1e6);
    }

    private async Task SelectAsync(int messages, CancellationToken cancellationToken)
    {
        using var client = await FillAsync("Big", messages, 2048, cancellationToken);
        await TimeAsync(client, "SELECT Big", messages, cancellationToken);
        await client.RunAsync("CLOSE", cancellationToken);
        await TimeAsync(client, "SELECT Big", messages, cancellationToken);
        await TimeAsync(client, "FETCH 1:* (UID FLAGS RFC822.SIZE)", messages, cancellationToken);
        await TimeAsync(client, "UID SEARCH RETURN (COUNT) UNSEEN", messages, cancellationToken);
    }

    private async Task BodiesAsync(int messages, CancellationToken cancellationToken)
    {
        using var client = await FillAsync("Bodies", messages, BodyOctets, cancellationToken);
        await client.RunAsync("SELECT Bodies", cancellationToken);
        await TimeAsync(client, "FETCH 1:* (BODY.PEEK[])", messages, cancellationToken);
        await TimeAsync(client, "FETCH 1:* (BODY.PEEK[])", messages, cancellationToken);
        await TimeAsync(client, "SEARCH TEXT harbourmaster", messages, cancellationToken);
    }

    private async Task<ImapClient> FillAsync(string folder, int messages, int size, CancellationToken cancellationToken)
    {
        var account = target.Accounts[0];
        var client = await ImapClient.SignInAsync(target, account, tls: false, cancellationToken);
        await client.RunAsync($"CREATE {folder}", cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async lane =>
        {
            using var filler = await ImapClient.SignInAsync(target, account, tls: false, cancellationToken);
            for (var number = lane; number < messages; number += 16)
                await filler.AppendAsync(folder, SampleMessage.Create(number % 100, size), cancellationToken);
        }));
        return client;
    }

    private static async Task TimeAsync(ImapClient client, string command, int messages, CancellationToken cancellationToken)
    {
        var octets = client.LiteralOctets;
        var watch = Stopwatch.StartNew();
        await client.RunAsync(command, cancellationToken);
        var time = watch.Elapsed;
        octets = client.LiteralOctets - octets;
        Report.Row(
            command, messages, time.TotalMilliseconds.ToString("0.00", CultureInfo.InvariantCulture),
            octets == 0 ? "" : (octets / 1e6 / time.TotalSeconds).ToString("0", CultureInfo.InvariantCulture));
    }
}

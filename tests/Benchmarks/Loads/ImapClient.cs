using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Mailstead.Benchmarks.Targets;

namespace Mailstead.Benchmarks.Loads;

/// <summary>As much of IMAP as a load needs: a command, its untagged lines, literals skipped.</summary>
internal sealed partial class ImapClient : IDisposable
{
    private readonly Wire wire;
    private int tag;

    private ImapClient(Wire wire) => this.wire = wire;

    /// <summary>Octets of literals that came so far.</summary>
    public long LiteralOctets { get; private set; }

    public static async Task<ImapClient> SignInAsync(Target target, Account account, bool tls, CancellationToken cancellationToken)
    {
        var port = tls ? target.ImapTlsPort ?? throw new InvalidOperationException($"{target.Name} has no TLS here") : target.ImapPort;
        var client = new ImapClient(await Wire.ConnectAsync(port, tls, cancellationToken));
        await client.wire.ReadLineAsync(cancellationToken);
        await client.RunAsync($"LOGIN {account.Address} {account.Password}", cancellationToken);
        return client;
    }

    /// <summary>The untagged lines, once the command has ended with OK.</summary>
    public async Task<List<string>> RunAsync(string command, CancellationToken cancellationToken)
    {
        var name = await StartAsync(command, cancellationToken);
        return await FinishAsync(name, command, cancellationToken);
    }

    public async Task AppendAsync(string folder, byte[] message, CancellationToken cancellationToken)
    {
        var name = await StartAsync($"APPEND {folder} {{{message.Length}}}", cancellationToken);
        await UntilContinuationAsync(cancellationToken);
        await wire.SendAsync((byte[])[.. message, .. "\r\n"u8], cancellationToken);
        await FinishAsync(name, "APPEND", cancellationToken);
    }

    public async Task IdleAsync(CancellationToken cancellationToken)
    {
        idle = await StartAsync("IDLE", cancellationToken);
        await UntilContinuationAsync(cancellationToken);
    }

    public async Task DoneAsync(CancellationToken cancellationToken)
    {
        await wire.SendAsync("DONE\r\n", cancellationToken);
        await FinishAsync(idle ?? throw new InvalidOperationException("Not in IDLE"), "IDLE", cancellationToken);
    }

    /// <summary>When an untagged line came that ends so, as <see cref="Stopwatch"/> tells it.</summary>
    public async Task<long> HearAsync(string end, CancellationToken cancellationToken)
    {
        while (!(await wire.ReadLineAsync(cancellationToken)).EndsWith(end, StringComparison.Ordinal))
        {
        }

        return Stopwatch.GetTimestamp();
    }

    public async Task<int> CountAsync(string folder, CancellationToken cancellationToken)
    {
        var lines = await RunAsync($"STATUS {folder} (MESSAGES)", cancellationToken);
        return int.Parse(Messages().Match(string.Join(' ', lines)).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    public void Dispose() => wire.Dispose();

    private string? idle;

    private async Task<string> StartAsync(string command, CancellationToken cancellationToken)
    {
        var name = $"a{++tag}";
        await wire.SendAsync($"{name} {command}\r\n", cancellationToken);
        return name;
    }

    private async Task UntilContinuationAsync(CancellationToken cancellationToken)
    {
        string line;
        do
        {
            line = await wire.ReadLineAsync(cancellationToken);
            if (line.StartsWith('a'))
                throw new InvalidOperationException($"The server answered: {line}");
        }
        while (!line.StartsWith('+'));
    }

    private async Task<List<string>> FinishAsync(string name, string command, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await wire.ReadLineAsync(cancellationToken);
            if (line.EndsWith('}') && LiteralLength(line) is { } literal)
            {
                LiteralOctets += literal;
                await wire.SkipAsync(literal, cancellationToken);
            }

            if (line.StartsWith(name + " OK", StringComparison.Ordinal))
                return lines;
            if (line.StartsWith(name + ' ', StringComparison.Ordinal))
                throw new InvalidOperationException($"{command}: {line}");
            lines.Add(line);
        }
    }

    private static long? LiteralLength(string line) =>
        long.TryParse(line.AsSpan(line.LastIndexOf('{') + 1).TrimEnd('}'), CultureInfo.InvariantCulture, out var length) ? length : null;

    [GeneratedRegex(@"MESSAGES (\d+)")]
    private static partial Regex Messages();
}

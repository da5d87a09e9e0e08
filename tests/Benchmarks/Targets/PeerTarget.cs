using System.Diagnostics;
using System.Globalization;

namespace Mailstead.Benchmarks.Targets;

/// <summary>Postfix, which hands mail to Dovecot by LMTP; Dovecot encrypts with mail_crypt. As Debian ships them, on loopback.</summary>
internal sealed class PeerTarget : Target
{
    private readonly string folder;
    private readonly List<int> processes;

    private PeerTarget(string folder, List<int> processes, TimeSpan startTime) =>
        (this.folder, this.processes, StartTime) = (folder, processes, startTime);

    public override string Name => "Postfix + Dovecot (mail_crypt)";

    public override int SmtpPort => 32025;

    public override int ImapPort => 32143;

    public override int? ImapTlsPort => null;

    public override IReadOnlyList<Account> Accounts { get; } =
        [.. Enumerable.Range(1, AccountCount).Select(number => new Account($"u{number:000}@peers.example", "Bench-pass-2046"))];

    public override IReadOnlyList<int> ProcessIds => processes;

    public override TimeSpan StartTime { get; }

    public static async Task<PeerTarget> StartAsync(CancellationToken cancellationToken)
    {
        // Not under a folder that only root can enter: Dovecot's processes run as another user.
        var folder = $"/tmp/mailstead-peers-{Environment.ProcessId}";
        var output = await RunScriptAsync("start", folder, cancellationToken);
        var values = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=')).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        return new PeerTarget(
            folder,
            [int.Parse(values["dovecot"], CultureInfo.InvariantCulture), int.Parse(values["postfix"], CultureInfo.InvariantCulture)],
            TimeSpan.FromMilliseconds(double.Parse(values["ms"], CultureInfo.InvariantCulture)));
    }

    public override async ValueTask DisposeAsync()
    {
        await RunScriptAsync("stop", folder, CancellationToken.None);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> RunScriptAsync(string verb, string folder, CancellationToken cancellationToken)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Targets", "peers.sh");
        // The daemons inherit standard error; standard output must be closed for us to see its end.
        var start = new ProcessStartInfo("bash", [script, verb, folder]) { RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("bash did not start");
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"peers.sh {verb} ended with {process.ExitCode}: {output}");
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Mailstead.Benchmarks.Targets;

/// <summary>The published program with its defaults, one process, on a data directory of its own.</summary>
internal sealed class MailsteadTarget : Target
{
    private const int PortBase = 31000;

    private readonly string data;
    private readonly Process process;
    private readonly HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{PortBase + 80}") };
    private IReadOnlyList<Account> accounts = [];
    private SignedCall? admin;

    private MailsteadTarget(string data, Process process, TimeSpan startTime) =>
        (this.data, this.process, StartTime) = (data, process, startTime);

    public override string Name => "Mailstead";

    public override int SmtpPort => PortBase + 25;

    public override int ImapPort => PortBase + 143;

    public override int? ImapTlsPort => PortBase + 993;

    public override IReadOnlyList<Account> Accounts => accounts;

    public override IReadOnlyList<int> ProcessIds => [process.Id];

    public override SignedCall? Admin => admin;

    public override TimeSpan StartTime { get; }

    public static async Task<MailsteadTarget> StartAsync(CancellationToken cancellationToken)
    {
        var data = Directory.CreateTempSubdirectory("mailstead-bench-").FullName;
        // The first start makes keys and databases; the second is the one that an operator waits for.
        var (first, _) = await LaunchAsync(data, cancellationToken);
        await EndAsync(first);
        var (process, time) = await LaunchAsync(data, cancellationToken);
        var target = new MailsteadTarget(data, process, time);
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(data, "admin-credentials.json"), cancellationToken));
        target.accounts = await BenchOrganization.CreateAsync(new Uri($"http://127.0.0.1:{PortBase + 80}"), file.RootElement, cancellationToken);
        target.admin = new SignedCall(target.http, file.RootElement.Clone());
        return target;
    }

    public override async ValueTask DisposeAsync()
    {
        http.Dispose();
        await EndAsync(process);
        Directory.Delete(data, recursive: true);
    }

    private static async Task<(Process, TimeSpan)> LaunchAsync(string data, CancellationToken cancellationToken)
    {
        var program = Path.Combine(Repository.Root, "artifacts", "mailstead", "mailstead");
        var start = new ProcessStartInfo(program, ["--data", data, "--port-base", PortBase.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The load speaks IMAP without TLS, as it does to the peers.
        start.Environment["MAILSTEAD_Imap__PlaintextLogin"] = "Loopback";
        var watch = Stopwatch.StartNew();
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line == "Mailstead is ready")
            {
                var elapsed = watch.Elapsed;
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, cancellationToken);
                return (process, elapsed);
            }
        }

        throw new InvalidOperationException("The program ended before it was ready");
    }

    private static async Task EndAsync(Process process)
    {
        using (Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await process.WaitForExitAsync();
        process.Dispose();
    }
}

using System.CommandLine;
using Mailstead.Benchmarks.Targets;

namespace Mailstead.Benchmarks;

/// <summary>
/// Puts the same load on the published program and, with <c>--cluster</c> and <c>--peers</c>, on its roles as processes and on Postfix and Dovecot with mail_crypt, and prints
/// figures. Nothing here passes or fails; a lost message is told loudly.
/// </summary>
internal static class Program
{
    private static readonly string[] Parts = ["startup", "smtp", "imap", "idle", "wake", "admin"];

    private static Task<int> Main(string[] arguments)
    {
        var parts = new Argument<string[]>("part") { Arity = ArgumentArity.ZeroOrMore, Description = "What to measure; all without one" };
        parts.AcceptOnlyFromAmong(Parts);
        var peers = new Option<bool>("--peers") { Description = "Installs Postfix and Dovecot (Debian, needs root) and measures them as well" };
        var cluster = new Option<bool>("--cluster") { Description = "Measures each role as a process on real engines as well" };
        var quick = new Option<bool>("--quick") { Description = "A tenth of the load: to see that all works" };
        var command = new RootCommand("Prints what the program does per second, per core and per byte of memory.") { parts, peers, cluster, quick };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetValue(parts) is { Length: > 0 } chosen ? chosen : Parts,
            parsed.GetValue(peers), parsed.GetValue(cluster), parsed.GetValue(quick) ? 10 : 1, cancellationToken));
        return command.Parse(arguments).InvokeAsync();
    }

    private static async Task<int> RunAsync(string[] parts, bool withPeers, bool withCluster, int divisor, CancellationToken cancellationToken)
    {
        Report.Machine();
        await MeasureAsync(await MailsteadTarget.StartAsync(cancellationToken), parts, divisor, cancellationToken);
        if (withCluster)
            await MeasureAsync(await ClusterTarget.StartAsync(cancellationToken), parts, divisor, cancellationToken);
        if (withPeers)
            await MeasureAsync(await PeerTarget.StartAsync(cancellationToken), parts, divisor, cancellationToken);
        return 0;
    }

    private static async Task MeasureAsync(Target target, string[] parts, int divisor, CancellationToken cancellationToken)
    {
        await using (target)
        {
            if (parts.Contains("startup"))
                Report.Startup(target);
            if (parts.Contains("smtp"))
                await new SmtpFigures(target, divisor).RunAsync(cancellationToken);
            if (parts.Contains("imap"))
                await new ImapFigures(target, divisor).RunAsync(cancellationToken);
            if (parts.Contains("idle"))
                await new IdleFigures(target, divisor).RunAsync(cancellationToken);
            if (parts.Contains("wake"))
                await new WakeFigures(target, divisor).RunAsync(cancellationToken);
            if (parts.Contains("admin"))
                await new AdminFigures(target, divisor).RunAsync(cancellationToken);
        }
    }
}

using Mailstead.Cluster.Harness;

namespace Mailstead.Kubernetes.Cluster;

/// <summary>A Service that is for the inside only, on loopback for as long as this lives.</summary>
internal sealed class PortForward : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly GuardedProcess process;
    private readonly string log;

    private PortForward(GuardedProcess process, string log, int port) => (this.process, this.log, Address) = (process, log, new($"http://127.0.0.1:{port}"));

    public Uri Address { get; }

    public static async Task<PortForward> StartAsync(Kubectl kubectl, string service, CancellationToken cancellationToken)
    {
        var log = Path.GetTempFileName();
        var process = await GuardedProcess.StartAsync(
            log, new Dictionary<string, string>(), [Kubectl.Program, .. kubectl.Words("port-forward", "--address", "127.0.0.1", "service/" + service, ":80")]);
        var forward = new PortForward(process, log, await PortAsync(log, cancellationToken));
        return forward;
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        File.Delete(log);
    }

    private static async Task<int> PortAsync(string log, CancellationToken cancellationToken)
    {
        const string told = "Forwarding from 127.0.0.1:";
        var deadline = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(deadline) < Patience)
        {
            var said = await File.ReadAllTextAsync(log, cancellationToken);
            var at = said.IndexOf(told, StringComparison.Ordinal);
            if (at >= 0 && said.IndexOf(" ->", at, StringComparison.Ordinal) is > 0 and var end)
                return int.Parse(said[(at + told.Length)..end], System.Globalization.CultureInfo.InvariantCulture);
            await Task.Delay(100, cancellationToken);
        }

        throw new TimeoutException("kubectl port-forward: " + await File.ReadAllTextAsync(log, cancellationToken));
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Models;
using Mailstead.Kubernetes.Mail;
using Mailstead.LocalCluster.Chart;

namespace Mailstead.Kubernetes.Cluster;

/// <summary>A new certificate in the Secret that clients' TLS uses: it must be shown without a restart of anything.</summary>
internal static class Certificates
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>New ones one after the other that make it certain: there are some replicas behind each server.</summary>
    private const int InRow = 12;

    public static async Task<string> ReplaceAsync(
        Installation installation, Kubectl kubectl, MailPlaces places, CancellationToken cancellationToken)
    {
        DnsEndPoint[] servers = [places.Imaps, places.Submission];
        var before = await ShownAsync(servers[0], places.CertificateName, cancellationToken);
        var restarts = Restarts(await installation.PodsAsync(cancellationToken));
        var manifests = await Command.RunAsync(
            "bash", [Repository.In("deploy/trial-secrets.sh"), Installation.Release, places.CertificateName], cancellationToken);
        await kubectl.ApplyAsync(manifests.Split("\n---\n").Single(manifest => manifest.Contains("name: mailstead-tls}", StringComparison.Ordinal)), cancellationToken);
        var since = TimeProvider.System.GetTimestamp();
        // Each replica sees it in its own time, and connections go to any of them.
        for (var inRow = 0; inRow < InRow;)
        {
            var shown = await Task.WhenAll(servers.Select(server => ShownAsync(server, places.CertificateName, cancellationToken)));
            inRow = shown.Contains(before) ? 0 : inRow + 1;
            if (TimeProvider.System.GetElapsedTime(since) > Patience)
                throw new InvalidOperationException($"The old certificate is shown after {Patience}");
            await Task.Delay(500, cancellationToken);
        }

        if (Restarts(await installation.PodsAsync(cancellationToken)) != restarts)
            throw new InvalidOperationException("Something was restarted for a new certificate");
        return $"shown by all {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0} s after the Secret changed, nothing restarted";
    }

    private static string Restarts(IReadOnlyList<V1Pod> pods) =>
        string.Join(' ', pods.Select(pod => $"{pod.Name()}:{pod.Status.ContainerStatuses.Sum(container => container.RestartCount)}").Order());

    /// <summary>The serial number of the certificate that a server shows.</summary>
    private static async Task<string> ShownAsync(DnsEndPoint server, string name, CancellationToken cancellationToken)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(server.Host, server.Port, cancellationToken);
        await using var tls = new SslStream(connection.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name }, cancellationToken);
        return new X509Certificate2(tls.RemoteCertificate!).SerialNumber;
    }
}

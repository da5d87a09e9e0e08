using System.Text;
using k8s;
using k8s.Models;
using Mailstead.Kubernetes.Mail;
using Mailstead.LocalCluster.Chart;

namespace Mailstead.Kubernetes.Cluster;

/// <summary>The chart in a namespace of its own: what a trial does with it, by helm and kubectl as an operator would.</summary>
internal sealed class Installation(IKubernetes api, Kubectl kubectl, IReadOnlyList<string> values)
{
    public const string Release = "mailstead";
    private const string Hostname = "mail.example.test";
    private const string Patience = "15m";

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await kubectl.RunAsync(["create", "namespace", kubectl.Space], cancellationToken);
        var secrets = await Command.RunAsync("bash", [Repository.In("deploy/trial-secrets.sh"), Release, Hostname], cancellationToken);
        await kubectl.ApplyAsync(secrets, cancellationToken);
    }

    public Task InstallAsync(Version version, CancellationToken cancellationToken) => HelmAsync("install", version, cancellationToken);

    public Task UpgradeAsync(Version version, CancellationToken cancellationToken) => HelmAsync("upgrade", version, cancellationToken);

    public Task RollBackAsync(int revision, CancellationToken cancellationToken) =>
        ToldAsync(() => kubectl.HelmAsync(["rollback", Release, $"{revision}", "--wait", "--timeout", Patience], cancellationToken), cancellationToken);

    /// <summary><c>helm test</c>; what the test pod says.</summary>
    public async Task<string> TestAsync(CancellationToken cancellationToken)
    {
        await ToldAsync(() => kubectl.HelmAsync(["test", Release, "--timeout", "5m"], cancellationToken), cancellationToken);
        return "every role is ready, every greeting came through its Service";
    }

    public async Task<IReadOnlyList<V1Pod>> PodsAsync(CancellationToken cancellationToken)
    {
        var pods = await api.CoreV1.ListNamespacedPodAsync(kubectl.Space, labelSelector: "mailstead/kind", cancellationToken: cancellationToken);
        return [.. pods.Items.Where(pod => pod.Metadata.DeletionTimestamp is null && pod.Status.Phase == "Running")];
    }

    /// <summary>The NodePorts of the mail Services on the first node.</summary>
    public async Task<MailPlaces> PlacesAsync(CancellationToken cancellationToken)
    {
        var nodes = await api.CoreV1.ListNodeAsync(cancellationToken: cancellationToken);
        var host = nodes.Items[0].Status.Addresses.First(address => address.Type == "InternalIP").Address;
        async Task<System.Net.DnsEndPoint> PlaceAsync(string role, string port)
        {
            var service = await api.CoreV1.ReadNamespacedServiceAsync($"{Release}-{role}-clients", kubectl.Space, cancellationToken: cancellationToken);
            return new(host, service.Spec.Ports.Single(its => its.Name == port).NodePort!.Value);
        }

        return new MailPlaces(
            await PlaceAsync("ingress", "smtp"), await PlaceAsync("submission", "submissions"), await PlaceAsync("imap", "imaps"),
            Hostname, await SecretAsync("mailstead-tls", "ca.crt", cancellationToken));
    }

    public async Task<string> SecretAsync(string name, string key, CancellationToken cancellationToken)
    {
        var secret = await api.CoreV1.ReadNamespacedSecretAsync(name, kubectl.Space, cancellationToken: cancellationToken);
        return Encoding.UTF8.GetString(secret.Data[key]);
    }

    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        await kubectl.TryAsync(["delete", "namespace", kubectl.Space, "--wait", "--timeout=180s"], cancellationToken);
    }

    private Task HelmAsync(string verb, Version version, CancellationToken cancellationToken) =>
        ToldAsync(
            () => kubectl.HelmAsync(
                [
                    verb, Release, Path.Combine(version.Chart), "--values", Path.Combine(version.Chart, "ci/trial.yaml"), "--wait", "--timeout", Patience,
                    "--set", $"image.repository={version.Repository},image.tag={version.Tag}", "--set", $"hostname={Hostname}",
                    .. values.SelectMany(value => new[] { "--set", value }),
                ],
                cancellationToken),
            cancellationToken);

    /// <summary>What failed on a cluster is told by the cluster: its pods and their last words.</summary>
    private async Task ToldAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        try
        {
            await action();
        }
        catch (InvalidOperationException failure)
        {
            throw new InvalidOperationException(failure.Message + await DescribeAsync(cancellationToken), failure);
        }
    }

    private async Task<string> DescribeAsync(CancellationToken cancellationToken)
    {
        var told = new StringBuilder().AppendLine().AppendLine((await kubectl.TryAsync(["get", "pods,jobs,pvc", "-o", "wide"], cancellationToken)).Output);
        var pods = await api.CoreV1.ListNamespacedPodAsync(kubectl.Space, cancellationToken: cancellationToken);
        foreach (var pod in pods.Items.Where(pod => pod.Status.ContainerStatuses?.All(container => container.Ready) != true))
        {
            told.AppendLine($"--- {pod.Name()}").AppendLine((await kubectl.TryAsync(["logs", pod.Name(), "--tail", "15"], cancellationToken)).Output);
            told.AppendLine((await kubectl.TryAsync(["logs", pod.Name(), "--previous", "--tail", "15"], cancellationToken)).Output);
        }

        told.AppendLine((await kubectl.TryAsync(["get", "events", "--field-selector", "type=Warning"], cancellationToken)).Output);
        return told.ToString();
    }
}

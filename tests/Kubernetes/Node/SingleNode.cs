using System.Diagnostics;
using k8s;
using k8s.Models;
using Mailstead.Cluster.Harness;
using Mailstead.Kubernetes.Cluster;

namespace Mailstead.Kubernetes.Node;

/// <summary>
/// Kubernetes on this machine, in the network namespace that this process is in: control plane, kubelet, kube-proxy, container
/// runtime and DNS as plain processes. Its folder holds all that it keeps.
/// </summary>
internal sealed class SingleNode : IAsyncDisposable
{
    private const string Name = "node1";
    private const int DnsPort = 53;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly NodeFiles files;
    private readonly string binaries;
    private readonly Stack<(string Name, GuardedProcess Process)> running = new();
    private ClusterDns? dns;

    private SingleNode(string folder, string binaries) => (files, this.binaries) = (new NodeFiles(folder), binaries);

    public string KubeConfig => files.KubeConfig;

    /// <param name="folder">An empty folder, all of whose parents everybody may enter.</param>
    /// <param name="binaries">Where <c>deploy/kubernetes/build-binaries.sh</c> left Kubernetes.</param>
    /// <exception cref="TimeoutException">A part doesn't come up in time; its log's end is told.</exception>
    public static async Task<SingleNode> StartAsync(string folder, string binaries, CancellationToken cancellationToken)
    {
        var node = new SingleNode(folder, binaries);
        try
        {
            node.files.Write();
            await node.StartAsync(cancellationToken);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public IKubernetes NewClient() => new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(KubeConfig));

    /// <summary>Makes an image known to the node under a name of its own.</summary>
    public async Task LoadAsync(string archive, string madeAs, string name, CancellationToken cancellationToken)
    {
        await CtrAsync(["images", "import", archive], cancellationToken);
        if (madeAs != name)
            await CtrAsync(["images", "tag", "--force", madeAs, name], cancellationToken);
    }

    /// <summary>Volumes for the claims of the bundled engines: folders of the node.</summary>
    public async Task MakeVolumesAsync(Kubectl kubectl, CancellationToken cancellationToken)
    {
        foreach (var size in new[] { "2Gi", "10Gi", "20Gi" })
        {
            var folder = Directory.CreateDirectory(files.In("volumes/" + size)).FullName;
            // What a pod writes as is its own choice: Kubernetes gives no folder of a node to anybody.
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
                | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);
            await kubectl.ApplyAsync(
                $$"""
                  apiVersion: v1
                  kind: PersistentVolume
                  metadata: {name: "volume-{{size.ToLowerInvariant()}}"}
                  spec: {capacity: {storage: {{size}}}, accessModes: [ReadWriteOnce], hostPath: {path: "{{folder}}"} }
                  """,
                cancellationToken);
        }
    }

    /// <summary>The process of the only container of a pod, on this machine.</summary>
    public async Task<int> ProcessOfAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        var container = pod.Status.ContainerStatuses.Single().ContainerID["containerd://".Length..];
        var tasks = await CtrAsync(["tasks", "ls"], cancellationToken);
        var line = tasks.Split('\n').Single(line => line.StartsWith(container, StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Ends every part, the last one first. Workloads should be gone before.</summary>
    public async ValueTask DisposeAsync()
    {
        if (dns is not null)
            await dns.DisposeAsync();
        while (running.TryPop(out var part))
            await part.Process.DisposeAsync();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await RunAsync("containerd", ["containerd", "--config", files.Containerd]);
        await RunAsync("etcd",
        [
            "etcd", "--unsafe-no-fsync", "--data-dir", files.In("etcd"),
            "--listen-client-urls", "http://127.0.0.1:2379", "--advertise-client-urls", "http://127.0.0.1:2379",
            "--listen-peer-urls", "http://127.0.0.1:2380",
        ]);
        await RunAsync("kube-apiserver",
        [
            Binary("kube-apiserver"), "--etcd-servers=http://127.0.0.1:2379", "--bind-address=127.0.0.1", $"--advertise-address={NodeFiles.Address}",
            "--secure-port=6443", "--insecure-port=0", $"--cert-dir={files.In("api-server")}", "--service-cluster-ip-range=10.96.0.0/16",
            $"--service-account-key-file={files.ServiceAccountKey}", $"--service-account-signing-key-file={files.ServiceAccountKey}",
            "--service-account-issuer=https://kubernetes.default.svc", $"--token-auth-file={files.Tokens}", "--authorization-mode=RBAC,Node",
            "--endpoint-reconciler-type=none", "--allow-privileged=true", "--kubelet-preferred-address-types=InternalIP",
            "--feature-gates=TTLAfterFinished=true",
        ]);
        await RunAsync("kube-controller-manager",
        [
            Binary("kube-controller-manager"), $"--kubeconfig={files.KubeConfig}", "--leader-elect=false",
            $"--service-account-private-key-file={files.ServiceAccountKey}", "--use-service-account-credentials=false",
        ]);
        await RunAsync("kube-scheduler", [Binary("kube-scheduler"), $"--kubeconfig={files.KubeConfig}", "--leader-elect=false"]);
        using var api = NewClient();
        await WaitAsync("kube-apiserver", async () => await api.CoreV1.ListNamespaceAsync(cancellationToken: cancellationToken) is not null, cancellationToken);
        await RunAsync("kubelet",
        [
            Binary("kubelet"), $"--config={files.Kubelet}", $"--kubeconfig={files.KubeConfig}", $"--root-dir={files.In("kubelet")}",
            "--container-runtime=remote", $"--container-runtime-endpoint=unix://{files.ContainerdSocket}", $"--node-ip={NodeFiles.Address}",
            $"--hostname-override={Name}", $"--cert-dir={files.In("kubelet-certificates")}",
        ]);
        await RunAsync("kube-proxy", [Binary("kube-proxy"), $"--config={files.KubeProxy}"]);
        dns = new ClusterDns(NewClient(), new(System.Net.IPAddress.Parse(NodeFiles.Address), DnsPort));
        await WaitAsync("kubelet", () => IsReadyAsync(api, cancellationToken), cancellationToken);
    }

    private static async Task<bool> IsReadyAsync(IKubernetes api, CancellationToken cancellationToken)
    {
        var nodes = await api.CoreV1.ListNodeAsync(cancellationToken: cancellationToken);
        var accounts = await api.CoreV1.ListNamespacedServiceAccountAsync("default", cancellationToken: cancellationToken);
        return accounts.Items.Count > 0 && nodes.Items.Any(node => node.Status.Conditions.Any(condition => condition is { Type: "Ready", Status: "True" }));
    }

    private string Binary(string name) => Path.Combine(binaries, name);

    private string LogOf(string name) => files.In(name + ".log");

    private Task<string> CtrAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        Command.RunAsync("ctr", ["--address", files.ContainerdSocket, "--namespace", "k8s.io", .. arguments], cancellationToken);

    private async Task RunAsync(string name, string[] command) =>
        running.Push((name, await GuardedProcess.StartAsync(LogOf(name), NoEnvironment, command)));

    private async Task WaitAsync(string name, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await condition())
                    return;
            }
            catch (Exception failure) when (failure is HttpRequestException or k8s.Autorest.HttpOperationException)
            {
                // Not yet.
            }

            if (waiting.Elapsed > Patience)
                throw new TimeoutException($"{name} doesn't come up:\n{string.Join('\n', File.ReadLines(LogOf(name)).TakeLast(20))}");
            await Task.Delay(200, cancellationToken);
        }
    }
}

using Mailstead.LocalCluster.Chart;

namespace Mailstead.Kubernetes.Cluster;

/// <summary>The kubectl and the helm that tests/prepare.sh installs, on one cluster.</summary>
internal sealed class Kubectl(string kubeConfig, string space)
{
    private static readonly string Tools = Repository.In("tests/Charts/tools/node_modules/bin");

    public string Space => space;

    public string KubeConfig => kubeConfig;

    public static string Program => Path.Combine(Tools, "kubectl/kubectl");

    public string[] Words(params string[] arguments) => ["--kubeconfig", kubeConfig, "--namespace", space, .. arguments];

    public Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        Command.RunAsync(Program, Words([.. arguments]), cancellationToken);

    public Task<(int Code, string Output, string Errors)> TryAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        Command.TryAsync(Program, Words([.. arguments]), "", cancellationToken);

    public Task ApplyAsync(string manifests, CancellationToken cancellationToken) =>
        Command.RunAsync(Program, Words("apply", "-f", "-"), manifests, cancellationToken);

    public Task<string> HelmAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        Command.RunAsync(
            Path.Combine(Tools, "helm/helm"), ["--kubeconfig", kubeConfig, "--namespace", space, .. arguments], cancellationToken);
}

using System.CommandLine;
using k8s;
using Mailstead.Kubernetes.Cluster;
using Mailstead.Kubernetes.Node;
using Version = Mailstead.Kubernetes.Cluster.Version;

namespace Mailstead.Kubernetes;

/// <summary><c>./build.sh kubernetes</c>: the chart's life on a real Kubernetes, from the first installation to the last.</summary>
internal static class Program
{
    private const string Space = "mailstead-trial";

    private static readonly Option<string?> Previous = new("--previous") { Description = "Revision to upgrade from; the newest tag" };
    private static readonly Option<string?> Image = new("--image") { Description = "On KUBECONFIG's cluster: the working copy's image, REPOSITORY:TAG" };
    private static readonly Option<string?> PreviousImage = new("--previous-image") { Description = "… and the previous version's" };
    private static readonly Option<double> Rate = new("--rate") { Description = "Messages per second", DefaultValueFactory = _ => 5 };
    private static readonly Option<int> Replicas = new("--replicas") { Description = "Of each role", DefaultValueFactory = _ => 2 };
    private static readonly Option<string[]> Set = new("--set") { Description = "Further values of the chart, NAME=VALUE" };
    private static readonly Option<bool> Build = new("--build") { Hidden = true };
    private static readonly Option<string?> Node = new("--node") { Hidden = true };
    private static readonly Option<string> Binaries = new("--binaries") { Hidden = true, DefaultValueFactory = _ => "" };
    private static readonly Option<string> Engines = new("--engines") { Hidden = true, DefaultValueFactory = _ => "" };

    private static Task<int> Main(string[] arguments)
    {
        var command = new RootCommand("Installs, tests, upgrades and rolls back the chart on a real Kubernetes, under a load of mail.")
        {
            Previous, Image, PreviousImage, Rate, Replicas, Set, Build, Node, Binaries, Engines,
        };
        command.SetAction(RunAsync);
        return command.Parse(arguments).InvokeAsync();
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        // Before the node's own network is entered, from which no package can be had.
        if (parsed.GetValue(Build))
        {
            Console.WriteLine($"The version before: {(await Versions.PreviousAsync(parsed.GetValue(Previous), cancellationToken)).Name}");
            return 0;
        }

        var steps = new Steps(Console.Out);
        try
        {
            if (parsed.GetValue(Node) is { } folder)
                await OnOwnNodeAsync(steps, folder, parsed, cancellationToken);
            else
                await OnGivenClusterAsync(steps, parsed, cancellationToken);
            steps.WriteSummary();
            Console.WriteLine("All of it went well.");
            return 0;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Console.WriteLine(failure);
            steps.WriteSummary();
            return 1;
        }
    }

    private static async Task OnOwnNodeAsync(Steps steps, string folder, ParseResult parsed, CancellationToken cancellationToken)
    {
        var current = Versions.Current;
        var previous = await Versions.PreviousAsync(parsed.GetValue(Previous), cancellationToken);
        SingleNode? started = null;
        await steps.RunAsync("A node with Kubernetes 1.20", async () =>
        {
            started = await SingleNode.StartAsync(folder, parsed.GetValue(Binaries)!, cancellationToken);
            return "ready";
        });
        await using var node = started!;
        await steps.RunAsync("Images into the node", async () =>
        {
            await node.LoadAsync(Path.Combine(parsed.GetValue(Engines)!, "pause.tar"), "localhost/pause:1", "localhost/pause:1", cancellationToken);
            await node.LoadAsync(Path.Combine(parsed.GetValue(Engines)!, "engines.tar"), "localhost/trial-engines:1", "localhost/trial-engines:1", cancellationToken);
            await node.LoadAsync(previous.Archive, Versions.MadeAs(previous.Chart), "localhost/mailstead:previous", cancellationToken);
            await node.LoadAsync(current.Archive, Versions.MadeAs(current.Chart), "localhost/mailstead:current", cancellationToken);
            return "";
        });
        using var api = node.NewClient();
        var kubectl = new Kubectl(node.KubeConfig, Space);
        await node.MakeVolumesAsync(kubectl, cancellationToken);
        // The bundled engines come from images that are made here: the chart's own are in registries.
        string[] engines = ["postgresql", "rabbitmq", "redis", "s3"];
        string[] values = [.. engines.Select(engine => $"bundled.{engine}.image=localhost/trial-engines:1")];
        try
        {
            await new Trial(steps, api, node, kubectl, OptionsOf(parsed, values)).RunAsync(
                new Version(previous.Name, previous.Chart, "localhost/mailstead", "previous"),
                new Version(current.Name, current.Chart, "localhost/mailstead", "current"), cancellationToken);
        }
        finally
        {
            await new Installation(api, kubectl, []).RemoveAsync(CancellationToken.None);
        }
    }

    private static async Task OnGivenClusterAsync(Steps steps, ParseResult parsed, CancellationToken cancellationToken)
    {
        var path = Environment.GetEnvironmentVariable("KUBECONFIG")!;
        if (parsed.GetValue(Image)?.Split(':') is not [var repository, var tag] || parsed.GetValue(PreviousImage)?.Split(':') is not [var old, var oldTag])
            throw new InvalidOperationException("--image and --previous-image must name images that the cluster can pull, REPOSITORY:TAG");
        var previous = await Versions.PreviousAsync(parsed.GetValue(Previous), cancellationToken);
        using var api = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(path));
        var kubectl = new Kubectl(path, Space);
        try
        {
            await new Trial(steps, api, null, kubectl, OptionsOf(parsed, [])).RunAsync(
                new Version(previous.Name, previous.Chart, old, oldTag),
                new Version("working copy", Versions.Current.Chart, repository, tag), cancellationToken);
        }
        finally
        {
            await new Installation(api, kubectl, []).RemoveAsync(CancellationToken.None);
        }
    }

    private static TrialOptions OptionsOf(ParseResult parsed, IEnumerable<string> more) =>
        new(parsed.GetValue(Rate), [.. more, $"roleDefaults.replicas={parsed.GetValue(Replicas)}", "demo=false", .. parsed.GetValue(Set) ?? []]);
}

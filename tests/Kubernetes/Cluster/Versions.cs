using Mailstead.LocalCluster.Chart;

namespace Mailstead.Kubernetes.Cluster;

/// <summary>The two versions that an upgrade goes between, built from the repository.</summary>
internal static class Versions
{
    private static readonly string Images = Repository.In("artifacts/images/mailstead.tar");

    /// <summary>What the working copy has; its image is there (<c>./build.sh images -- local</c>).</summary>
    public static (string Name, string Chart, string Archive) Current => ("working copy", Repository.In("charts/mailstead"), Images);

    /// <summary>
    /// The version before, built in a folder below artifacts/ that stays for the next time: of a revision; without one, of the newest
    /// tag; where nothing is tagged, of the commit before the schema last changed.
    /// </summary>
    public static async Task<(string Name, string Chart, string Archive)> PreviousAsync(string? revision, CancellationToken cancellationToken)
    {
        revision ??= await NewestTagAsync(cancellationToken) ?? await BeforeSchemaChangeAsync(cancellationToken) ?? "HEAD";
        var commit = (await GitAsync(["rev-parse", "--short=12", revision + "^{commit}"], cancellationToken)).Trim();
        var tree = Repository.In($"artifacts/previous/{commit}");
        if (!Directory.Exists(tree))
        {
            Directory.CreateDirectory(tree + ".part");
            await GitAsync(["archive", "--output", tree + ".tar", commit], cancellationToken);
            await Command.RunAsync("tar", ["-x", "-f", tree + ".tar", "-C", tree + ".part"], cancellationToken);
            File.Delete(tree + ".tar");
            Directory.Move(tree + ".part", tree);
        }

        var archive = Path.Combine(tree, "artifacts/images/mailstead.tar");
        if (!File.Exists(archive))
            await Command.RunAsync("bash", [Path.Combine(tree, "build.sh"), "images", "--", "local"], cancellationToken);
        return ($"{revision} ({commit})", Path.Combine(tree, "charts/mailstead"), archive);
    }

    /// <summary>The name that <c>deploy/local-image.py</c> gave the image of a tree.</summary>
    public static string MadeAs(string chart)
    {
        var properties = Path.Combine(chart, "../../Directory.Build.props");
        var version = System.Xml.Linq.XDocument.Load(properties).Descendants("Version").Single().Value;
        return $"localhost/mailstead:{version}";
    }

    private static async Task<string?> NewestTagAsync(CancellationToken cancellationToken)
    {
        var tags = await GitAsync(["tag", "--merged", "HEAD", "--sort=-creatordate"], cancellationToken);
        return tags.Split('\n')[0] is { Length: > 0 } newest ? newest : null;
    }

    private static async Task<string?> BeforeSchemaChangeAsync(CancellationToken cancellationToken)
    {
        var change = (await GitAsync(["log", "-1", "--format=%H", "--", "services/*/Migrations"], cancellationToken)).Trim();
        var (code, _, _) = await Command.TryAsync("git", ["-C", Repository.Root, "cat-file", "-e", change + "^:charts/mailstead/Chart.yaml"], "", cancellationToken);
        return code == 0 ? change + "^" : null;
    }

    private static Task<string> GitAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        Command.RunAsync("git", ["-C", Repository.Root, .. arguments], cancellationToken);
}

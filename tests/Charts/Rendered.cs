using Mailstead.LocalCluster.Chart;

namespace Mailstead.Charts;

/// <summary>The chart's manifests for each of its sets of values, rendered once.</summary>
public sealed class Rendered : IAsyncLifetime
{
    internal static readonly string[] Sets =
        [.. Directory.GetFiles(Repository.In("charts/mailstead/ci")).Select(path => Path.GetFileNameWithoutExtension(path)).Order()];

    private readonly Dictionary<string, Manifests> rendered = [];

    internal Manifests this[string set] => rendered[set];

    public static TheoryData<string> EachSet => [.. Sets];

    internal static string FileOf(string set) => Repository.In($"charts/mailstead/ci/{set}.yaml");

    public async ValueTask InitializeAsync()
    {
        foreach (var set in Sets)
            rendered.Add(set, Manifests.Parse(await Helm.TemplateAsync(FileOf(set))));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

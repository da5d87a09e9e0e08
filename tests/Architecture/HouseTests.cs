using System.Text.RegularExpressions;

namespace Mailstead.Architecture;

/// <summary>What a machine can check of the house's style.</summary>
public sealed partial class HouseTests
{
    private const int LinesMax = 400;
    private const int ColumnsMax = 180;

    private static readonly string[] VagueNouns = ["Manager", "Helper", "Util", "Utils", "Common", "Misc", "Processor", "Impl"];
    private static readonly string[] KindFolders = ["Interfaces", "Models", "Extensions", "Services", "Utilities"];

    [Fact]
    public void Files_stay_small_enough_to_hold_in_the_head() =>
        Assert.All(RepositoryFiles.CSharp, path => Assert.True(RepositoryFiles.Read(path).Count(character => character == '\n') <= LinesMax, path));

    [Fact]
    public void Lines_can_be_read_without_scrolling() =>
        Assert.Empty(RepositoryFiles.CSharp.Where(path => !path.StartsWith("tests/", StringComparison.Ordinal)).SelectMany(path => RepositoryFiles.Read(path).Split('\n')
            .Select((line, index) => (line, index)).Where(line => line.line.Length > ColumnsMax).Select(line => $"{path}:{line.index + 1}")));

    [Fact]
    public void No_type_has_a_vague_name() =>
        Assert.All(RepositoryFiles.CSharp.Select(path => Path.GetFileNameWithoutExtension(path)),
            name => Assert.False(Array.Exists(VagueNouns, noun => name.EndsWith(noun, StringComparison.Ordinal)), name));

    [Fact]
    public void Folders_are_features_and_never_kinds() =>
        Assert.All(RepositoryFiles.All, path => Assert.False(path.Split('/').Intersect(KindFolders).Any(), path));

    [Fact]
    public void Every_service_and_call_of_a_contract_is_explained()
    {
        var unexplained = RepositoryFiles.All.Where(path => path.EndsWith(".proto", StringComparison.Ordinal))
            .SelectMany(path => Service().Matches(RepositoryFiles.Read(path)).Where(service => !service.Groups["comment"].Success)
                .Select(service => $"{path}: {service.Groups["name"].Value}"));
        Assert.Empty(unexplained);
    }

    [Fact]
    public void A_migration_for_one_dialect_has_its_twin_or_a_common_form()
    {
        var migrations = RepositoryFiles.All.Where(path => path.Contains("/Migrations/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(migrations);
        var incomplete = migrations.GroupBy(path => path.Split('.')[0])
            .Where(group => !group.Any(path => path.Count(character => character == '.') == 1)
                            && !(group.Any(path => path.EndsWith(".sqlite.sql", StringComparison.Ordinal)) && group.Any(path => path.EndsWith(".postgresql.sql", StringComparison.Ordinal))))
            .Select(group => group.Key);
        Assert.Empty(incomplete);
    }

    /// <summary>The library's own are meant for milliseconds, and ours are in seconds.</summary>
    [Fact]
    public void Every_histogram_has_buckets_of_its_own()
    {
        var files = RepositoryFiles.CSharp.Where(path => path.StartsWith("services/", StringComparison.Ordinal))
            .Select(path => (path, text: RepositoryFiles.Read(path))).Where(file => file.text.Contains("CreateHistogram", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.True(
            Histogram().Count(file.text) == Buckets().Count(file.text), $"{file.path}: a histogram without HistogramBucketBoundaries"));
    }

    [Fact]
    public void Links_of_the_readme_lead_somewhere()
    {
        var links = Link().Matches(RepositoryFiles.Read("README.md")).Select(link => link.Groups[1].Value)
            .Where(link => !link.StartsWith("http", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(RepositoryFiles.Root, link)), link));
    }

    [GeneratedRegex(@"(?<comment>//[^\n]*\n)?service (?<name>\w+) \{")]
    private static partial Regex Service();

    [GeneratedRegex("CreateHistogram")]
    private static partial Regex Histogram();

    [GeneratedRegex("HistogramBucketBoundaries = ")]
    private static partial Regex Buckets();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();
}

using System.Runtime.CompilerServices;

namespace Mailstead.LocalCluster.Chart;

/// <summary>Where things are in the repository.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    public static string In(string path) => Path.Combine(Root, path);

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

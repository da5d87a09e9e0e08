using System.Diagnostics;

namespace Mailstead.Architecture;

/// <summary>The working copy's tracked files.</summary>
internal static class RepositoryFiles
{
    public static readonly string Root = FindRoot();

    public static readonly IReadOnlyList<string> All = ListAll();

    public static IEnumerable<string> CSharp => All.Where(path => path.EndsWith(".cs", StringComparison.Ordinal));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Mailstead.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Run the tests from within the working copy");
    }

    private static List<string> ListAll()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", Root, "ls-files", "--cached", "--others", "--exclude-standard"])
        {
            RedirectStandardOutput = true,
        })!;
        var listed = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return [.. listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(path => File.Exists(Path.Combine(Root, path)))];
    }
}

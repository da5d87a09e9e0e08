namespace Mailstead.EndToEnd.Harness;

/// <summary>Where things are in the working copy that the tests were built from.</summary>
internal static class Repository
{
    public static readonly string Root = FindRoot();

    public static readonly string Program = Path.Combine(Root, "artifacts", "mailstead", "mailstead");

    public static readonly string Clients = Path.Combine(Root, "tests", "EndToEnd", "clients");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Mailstead.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Run the tests from within the working copy");
    }
}

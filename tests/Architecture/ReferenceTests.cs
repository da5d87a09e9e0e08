using System.Xml.Linq;

namespace Mailstead.Architecture;

/// <summary>Who may know whom.</summary>
public sealed class ReferenceTests
{
    private static readonly string[] Core = ["Directories", "Keys", "Mailboxes", "Delivery"];
    private static readonly string[] Edges = ["Ingress", "Submission", "Imap", "Admin"];

    [Fact]
    public void Contracts_reference_nothing_of_ours() => Assert.Empty(References("proto/Contracts.csproj"));

    [Fact]
    public void Libraries_know_no_service_and_not_each_other()
    {
        Assert.Equal(["Contracts"], References("services/lib/Hosting/Hosting.csproj"));
        Assert.Empty(References("services/lib/Persistence/Persistence.csproj"));
        Assert.Empty(References("services/lib/Policies/Policies.csproj"));
        Assert.Equal(["Contracts"], References("services/lib/Protocols/Protocols.csproj"));
    }

    [Fact]
    public void Core_services_know_libraries_and_no_other_service() =>
        Assert.All(Core, service => Assert.Subset(
            new HashSet<string> { "Contracts", "Hosting", "Persistence", "Policies", "Protocols" },
            References($"services/{service}/{service}.csproj").ToHashSet()));

    [Fact]
    public void What_faces_the_internet_holds_no_store_and_no_key() =>
        Assert.All(Edges, edge => Assert.Subset(
            new HashSet<string> { "Contracts", "Hosting", "Protocols" }, References($"services/{edge}/{edge}.csproj").ToHashSet()));

    [Fact]
    public void Every_service_is_one_of_the_two_kinds_or_the_host() =>
        Assert.Equal(
            [.. Core.Concat(Edges).Append("Host").Order()],
            RepositoryFiles.All.Where(path => path.StartsWith("services/", StringComparison.Ordinal) && path.EndsWith(".csproj", StringComparison.Ordinal)
                                              && !path.StartsWith("services/lib/", StringComparison.Ordinal))
                .Select(Path.GetFileNameWithoutExtension).Order());

    [Fact]
    public void Every_service_has_its_table_of_contents() =>
        Assert.All(Core.Concat(Edges), service => Assert.Contains($"services/{service}/{service}Module.cs", RepositoryFiles.All));

    private static List<string> References(string project) =>
        [.. XDocument.Parse(RepositoryFiles.Read(project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .Order()];
}

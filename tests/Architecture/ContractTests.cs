using System.Text.RegularExpressions;
using Mailstead.Contracts;
using Mailstead.Contracts.Calls.V1;

namespace Mailstead.Architecture;

/// <summary>A contract names the role that serves it. With every role in one process nobody would notice a wrong name.</summary>
public sealed partial class ContractTests
{
    [Fact]
    public void Every_contract_is_served_by_the_role_that_it_names()
    {
        var served = RepositoryFiles.CSharp
            .Where(path => path.StartsWith("services/", StringComparison.Ordinal) && path.EndsWith("Module.cs", StringComparison.Ordinal))
            .SelectMany(path => Bound().Matches(RepositoryFiles.Read(path)), (path, bound) => $"{bound.Groups[1]} by {path.Split('/')[1].ToLowerInvariant()}");
        var named = ServiceCatalogue.All.Select(service => $"{service.Name} by {service.GetOptions().GetExtension(CallersExtensions.Role)}");

        Assert.Equal(named.Order(StringComparer.Ordinal), served.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"AddGrpcService<\w+>\((?:[\w.]+\.)?(\w+)\.BindService\)")]
    private static partial Regex Bound();
}

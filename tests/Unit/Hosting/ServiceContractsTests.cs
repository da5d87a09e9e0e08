using Google.Protobuf.Reflection;
using Mailstead.Contracts;
using Mailstead.Contracts.Calls.V1;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Hosting.Grpc.Remote;

namespace Mailstead.Unit.Hosting;

/// <summary>Who serves what and who may call it stands in the contracts, for every one of them.</summary>
public sealed class ServiceContractsTests
{
    private static readonly HashSet<string> Roles = ["keys", "directories", "mailboxes", "delivery", "ingress", "submission", "imap", "admin"];
    private static readonly HashSet<string> Edges = ["ingress", "submission", "imap", "admin"];

    private readonly ServiceContracts contracts = new(ServiceCatalogue.All);

    [Fact]
    public void The_catalogue_has_every_service_that_is_compiled() =>
        Assert.Equal(
            typeof(ServiceCatalogue).Assembly.GetTypes()
                .Select(type => type.GetProperty("Descriptor")?.PropertyType == typeof(ServiceDescriptor)
                    ? ((ServiceDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!).FullName
                    : null)
                .OfType<string>().Order(),
            ServiceCatalogue.All.Select(service => service.FullName).Order());

    [Fact]
    public void Every_service_has_a_role() =>
        Assert.All(ServiceCatalogue.All, service => Assert.Contains(contracts.RoleOf(service.FullName)!, Roles));

    [Fact]
    public void Every_method_says_who_may_call_it() =>
        Assert.All(ServiceCatalogue.All.SelectMany(service => service.Methods), method =>
        {
            var callers = contracts.CallersOf($"/{method.Service.FullName}/{method.Name}");
            Assert.Subset(Roles, callers.ToHashSet());
            Assert.NotEqual(callers.Count == 0, method.GetOptions()?.GetExtension(CallersExtensions.OnlyInProcess) != true);
        });

    [Fact]
    public void No_edge_can_ask_for_a_key() =>
        Assert.All(KeysApi.Descriptor.Methods, method =>
            Assert.Empty(contracts.CallersOf($"/{method.Service.FullName}/{method.Name}").Intersect(Edges)));

    /// <summary>Administrators use customer master keys for what is theirs; wrapped data keys of mailboxes never leave the key service.</summary>
    [Fact]
    public void Of_the_edges_only_the_admin_api_asks_for_the_use_of_customers_keys() =>
        Assert.All(Kms.Descriptor.Methods, method => Assert.Equal(["admin"], contracts.CallersOf($"/{method.Service.FullName}/{method.Name}")));

    [Fact]
    public void What_is_not_in_a_contract_is_for_nobody() => Assert.Empty(contracts.CallersOf("/mailstead.keys.v1.KeysApi/Unheard"));
}

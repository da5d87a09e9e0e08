using Google.Protobuf.Reflection;
using Mailstead.Contracts.Calls.V1;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>Who serves which contract, and who may call it: read from the contracts, never from a table of its own.</summary>
internal sealed class ServiceContracts
{
    private readonly Dictionary<string, string> roles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<ServiceDescriptor>> services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlySet<string>> callers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MethodDescriptor> methods = new(StringComparer.Ordinal);

    public ServiceContracts(IEnumerable<ServiceDescriptor> catalogue)
    {
        foreach (var service in catalogue)
        {
            var role = service.GetOptions().GetExtension(CallersExtensions.Role);
            roles.Add(service.FullName, role);
            if (!services.TryGetValue(role, out var served))
                services[role] = served = [];
            served.Add(service);
            foreach (var method in service.Methods)
                Add(method);
        }
    }

    public string? RoleOf(string service) => roles.GetValueOrDefault(service);

    public IReadOnlyList<ServiceDescriptor> ServicesOf(string role) => services.GetValueOrDefault(role) ?? [];

    /// <summary>The method of a full name as in <c>/mailstead.keys.v1.KeysApi/GetDataKey</c>.</summary>
    public MethodDescriptor? FindMethod(string fullName) => methods.GetValueOrDefault(fullName);

    public IEnumerable<string> Roles => services.Keys;

    /// <summary>Roles that may call a method from another process; nobody may call one that no contract has.</summary>
    public IReadOnlySet<string> CallersOf(string fullName) => callers.GetValueOrDefault(fullName) ?? new HashSet<string>();

    private void Add(MethodDescriptor method)
    {
        var name = $"/{method.Service.FullName}/{method.Name}";
        var own = method.GetOptions();
        IEnumerable<string> named = own?.GetExtension(CallersExtensions.MethodCallers) is { Count: > 0 } methodCallers
            ? methodCallers
            : method.Service.GetOptions()?.GetExtension(CallersExtensions.Callers) ?? [];
        if (own?.GetExtension(CallersExtensions.OnlyInProcess) == true)
            named = [];
        methods.Add(name, method);
        callers.Add(name, named.ToHashSet(StringComparer.Ordinal));
    }
}

using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mailstead.Contracts;
using Mailstead.Contracts.Admin.V1;

namespace Mailstead.Admin;

/// <summary>
/// Every administrative operation, read from the contracts. To add one: its messages and its line in a service of proto/admin/v1,
/// its use case where the data lives, a test.
/// </summary>
internal sealed class AdminServices
{
    private readonly Dictionary<string, AdminOperation> byPath;
    private readonly Dictionary<string, AdminOperation> operations = ServiceCatalogue.Administration
        .SelectMany(service => service.Methods)
        .Select(method => new AdminOperation(method)).ToDictionary(operation => operation.Target, StringComparer.Ordinal);

    public AdminServices() => byPath = operations.Values.ToDictionary(operation => operation.Path, StringComparer.Ordinal);

    public IEnumerable<AdminOperation> All => operations.Values;

    /// <param name="path">Behind the REST face's prefix: <c>list-users</c>, <c>iam/list-users</c>.</param>
    public AdminOperation? FindByPath(string path) => byPath.GetValueOrDefault(path);

    /// <param name="target">Service and operation, as the AWS face names them: <c>WorkMailService.ListUsers</c>.</param>
    public AdminOperation? Find(string target) => operations.GetValueOrDefault(target);
}

/// <summary>One operation: its messages, and how to call whoever serves it.</summary>
internal sealed class AdminOperation(MethodDescriptor descriptor)
{
    private static readonly Grpc.Core.Marshaller<IMessage> None = Grpc.Core.Marshallers.Create<IMessage>(
        message => message.ToByteArray(), _ => throw new NotSupportedException("Requests are not read here"));

    private const string PublicService = "WorkMailService";

    public string Name => descriptor.Name;

    /// <summary>As targets have it: <c>WorkMailService</c>, <c>MailsteadService</c>, <c>iam</c>.</summary>
    public string Service { get; } = descriptor.Service.GetOptions()?.GetExtension(RulesExtensions.ServiceName) is { Length: > 0 } name ? name : PublicService;

    public string Target => $"{Service}.{Name}";

    /// <summary>The service that requests for it are signed for, and that policies name it by.</summary>
    public string SigningName => Service switch
    {
        "iam" => "iam",
        "TrentService" => "kms",
        "workmailmessageflow" => "workmailmessageflow",
        var other when other.Contains("cloudtrail", StringComparison.Ordinal) => "cloudtrail",
        _ => "workmail",
    };

    /// <summary>As REST has it: <c>list-users</c>, <c>iam/list-users</c>, <c>kms/list-keys</c>.</summary>
    public string Path => (SigningName is "iam" or "kms" ? SigningName + "/" : "") + System.Text.RegularExpressions.Regex.Replace(Name, "(?<=.)([A-Z])", "-$1").ToLowerInvariant();

    public MessageDescriptor Answer => descriptor.OutputType;

    /// <summary>The contract that it is part of: <c>Users</c>, <c>Iam</c>.</summary>
    public string Group => descriptor.Service.Name;

    /// <summary>It changes nothing.</summary>
    public bool IsReadOnly { get; } = descriptor.GetOptions()?.IdempotencyLevel == MethodOptions.Types.IdempotencyLevel.NoSideEffects;

    /// <summary>As policies name it: <c>workmail:ListUsers</c>.</summary>
    public string Action => $"{SigningName}:{Name}";

    public MessageDescriptor Request => descriptor.InputType;

    /// <summary>Calls are made by name: the message types are known to the descriptor alone.</summary>
    public Grpc.Core.Method<IMessage, IMessage> Method { get; } = new(
        Grpc.Core.MethodType.Unary, descriptor.Service.FullName, descriptor.Name, None,
        Grpc.Core.Marshallers.Create(message => message.ToByteArray(), octets => descriptor.OutputType.Parser.ParseFrom(octets)));
}

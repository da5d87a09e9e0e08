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
    private const string PublicService = "WorkMailService";

    private readonly Dictionary<string, AdminOperation> operations = ServiceCatalogue.Administration
        .SelectMany(service => service.Methods)
        .ToDictionary(TargetOf, method => new AdminOperation(method), StringComparer.Ordinal);

    /// <param name="target">Service and operation, as the AWS face names them: <c>WorkMailService.ListUsers</c>.</param>
    public AdminOperation? Find(string target) => operations.GetValueOrDefault(target);

    private static string TargetOf(MethodDescriptor method)
    {
        var service = method.Service.GetOptions()?.GetExtension(RulesExtensions.ServiceName);
        return $"{(string.IsNullOrEmpty(service) ? PublicService : service)}.{method.Name}";
    }
}

/// <summary>One operation: its messages, and how to call whoever serves it.</summary>
internal sealed class AdminOperation(MethodDescriptor descriptor)
{
    private static readonly Grpc.Core.Marshaller<IMessage> None = Grpc.Core.Marshallers.Create<IMessage>(
        message => message.ToByteArray(), _ => throw new NotSupportedException("Requests are not read here"));

    public MessageDescriptor Request => descriptor.InputType;

    /// <summary>Calls are made by name: the message types are known to the descriptor alone.</summary>
    public Grpc.Core.Method<IMessage, IMessage> Method { get; } = new(
        Grpc.Core.MethodType.Unary, descriptor.Service.FullName, descriptor.Name, None,
        Grpc.Core.Marshallers.Create(message => message.ToByteArray(), octets => descriptor.OutputType.Parser.ParseFrom(octets)));
}

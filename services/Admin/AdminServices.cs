using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mailstead.Contracts.Admin.V1;

namespace Mailstead.Admin;

/// <summary>
/// Every administrative operation, read from the contracts. To add one: its messages and its line in a service of proto/admin/v1,
/// its use case where the data lives, a test.
/// </summary>
internal sealed class AdminServices
{
    private static readonly ServiceDescriptor[] Services =
    [
        OrganizationsReflection.Descriptor.Services[0],
        DomainsReflection.Descriptor.Services[0],
        UsersReflection.Descriptor.Services[0],
        GroupsReflection.Descriptor.Services[0],
        AliasesReflection.Descriptor.Services[0],
        MailboxAdministrationReflection.Descriptor.Services[0],
    ];

    private readonly Dictionary<string, AdminOperation> operations = Services
        .SelectMany(service => service.Methods)
        .ToDictionary(method => method.Name, method => new AdminOperation(method), StringComparer.Ordinal);

    public AdminOperation? Find(string name) => operations.GetValueOrDefault(name);
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

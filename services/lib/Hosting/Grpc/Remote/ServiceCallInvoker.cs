using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>
/// Calls a service where it is: in this process as a method call, else at a replica of its role. A generated client can't
/// tell which.
/// </summary>
internal sealed class ServiceCallInvoker(
    MethodTable table, InProcessCallInvoker inProcess, RemoteServices remote, ServiceContracts contracts, TimeProvider clock) : CallInvoker
{
    private const string MailboxId = "mailbox_id";

    private readonly ConcurrentDictionary<string, FieldDescriptor?> mailboxFields = new(StringComparer.Ordinal);

    /// <summary>The field of a method's request that names the mailbox it is about, if there is one.</summary>
    public static FieldDescriptor? MailboxField(MethodDescriptor method) =>
        method.InputType.FindFieldByName("mailbox") is { FieldType: FieldType.Message, IsRepeated: false } field
        && field.MessageType.FindFieldByName(MailboxId) is not null ? field : null;

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException("Calls between services are asynchronous; use the method that ends in Async");

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        Find(method).AsyncUnaryCall(method, host, Prepare(method, options, request), request);

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        Find(method).AsyncServerStreamingCall(method, host, Prepare(method, options, request), request);

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        Find(method).AsyncClientStreamingCall(method, host, CallDeadline.Apply(options));

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        Find(method).AsyncDuplexStreamingCall(method, host, CallDeadline.Apply(options));

    private CallInvoker Find(IMethod method) =>
        table.Serves(method.FullName) ? inProcess : remote.InvokerFor(method.ServiceName);

    private CallOptions Prepare<TRequest>(IMethod method, CallOptions options, TRequest request)
    {
        if (table.Serves(method.FullName))
            return CallDeadline.Apply(options);
        var budgeted = CallBudgets.Apply(method.Type, options, clock.GetUtcNow().UtcDateTime);
        var field = mailboxFields.GetOrAdd(method.FullName, name => contracts.FindMethod(name) is { } found ? MailboxField(found) : null);
        if (field is null || request is not IMessage message || field.Accessor.GetValue(message) is not IMessage mailbox)
            return budgeted;
        var headers = new Metadata { { MailboxAffinity.Header, (string)field.MessageType.FindFieldByName(MailboxId).Accessor.GetValue(mailbox) } };
        foreach (var header in budgeted.Headers ?? [])
            headers.Add(header);
        return budgeted.WithHeaders(headers);
    }
}

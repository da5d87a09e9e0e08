using Grpc.Core;

namespace Mailstead.Hosting.Grpc;

/// <summary>The gRPC methods that this process serves, by full name. Filled at start, read by every in-process call.</summary>
public sealed class MethodTable
{
    private readonly Dictionary<string, Delegate> handlers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<object, ServerCallContext, Task<object>>> untyped = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IMethod> methods = new(StringComparer.Ordinal);

    /// <summary>Full names, as in <c>/mailstead.keys.v1.KeysApi/GetDataKey</c>.</summary>
    public IReadOnlyDictionary<string, IMethod> Methods => methods;

    /// <summary>Whether this process serves a method of that full name.</summary>
    public bool Serves(string fullName) => handlers.ContainsKey(fullName);

    /// <summary>
    /// The handler for a caller that knows the message types, or, for one that knows them by name alone, the same handler behind a cast.
    /// </summary>
    internal UnaryServerMethod<TRequest, TResponse> FindUnary<TRequest, TResponse>(IMethod method)
        where TRequest : class
        where TResponse : class
    {
        if (handlers.GetValueOrDefault(method.FullName) is UnaryServerMethod<TRequest, TResponse> typed)
            return typed;
        if (untyped.GetValueOrDefault(method.FullName) is not { } handler)
            return Find<UnaryServerMethod<TRequest, TResponse>>(method);
        return async (request, context) => (TResponse)await handler(request, context).ConfigureAwait(false);
    }

    internal void AddUntyped(IMethod method, Func<object, ServerCallContext, Task<object>> handler) =>
        untyped.Add(method.FullName, handler);

    internal void Add(IMethod method, Delegate handler)
    {
        methods.Add(method.FullName, method);
        handlers.Add(method.FullName, handler);
    }

    internal THandler Find<THandler>(IMethod method)
        where THandler : Delegate =>
        handlers.TryGetValue(method.FullName, out var handler)
            ? (THandler)handler
            : throw new RpcException(new Status(StatusCode.Unimplemented, $"No role of this process serves {method.FullName}"));
}

/// <summary>Receives the methods of a generated <c>BindService</c>.</summary>
internal sealed class MethodTableBinder(MethodTable table) : ServiceBinderBase
{
    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        Add(method, handler);
        table.AddUntyped(method, async (request, context) => await handler!((TRequest)request, context).ConfigureAwait(false));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => Add(method, handler);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => Add(method, handler);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => Add(method, handler);

    private void Add(IMethod method, Delegate? handler) =>
        table.Add(method, handler ?? throw new ArgumentNullException(nameof(handler)));
}

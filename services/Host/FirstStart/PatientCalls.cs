using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Mailstead.Host.FirstStart;

/// <summary>Calls that wait for a role that is still coming up, until their deadline.</summary>
internal sealed class PatientCalls : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, new(context.Method, context.Host, context.Options.WithWaitForReady(true)));
}

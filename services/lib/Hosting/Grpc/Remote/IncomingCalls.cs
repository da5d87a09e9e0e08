using System.Diagnostics;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>
/// Stands before every method that another process calls: lets through whom the contract names, passes the deadline on, and
/// turns a surprise into the same status that a caller in the process would get.
/// </summary>
internal sealed partial class IncomingCalls(ServiceContracts contracts, PeerCertificate certificate, ILogger<IncomingCalls> logger)
    : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Admit(context);
        var started = Stopwatch.GetTimestamp();
        var outcome = StatusCode.Internal;
        try
        {
            var response = await continuation(request, context).ConfigureAwait(false);
            outcome = context.Status.StatusCode;
            return response;
        }
        catch (RpcException told)
        {
            outcome = told.StatusCode;
            throw;
        }
        catch (Exception failure)
        {
            throw Translate(failure, context);
        }
        finally
        {
            CallDurations.Record(started, context.Method, outcome);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Admit(context);
        try
        {
            return await continuation(requestStream, context).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not RpcException)
        {
            throw Translate(failure, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Admit(context);
        try
        {
            await continuation(request, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not RpcException)
        {
            throw Translate(failure, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Admit(context);
        try
        {
            await continuation(requestStream, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not RpcException)
        {
            throw Translate(failure, context);
        }
    }

    private void Admit(ServerCallContext context)
    {
        var roles = certificate.RolesOf(context.GetHttpContext().Connection.ClientCertificate);
        if (!roles.Any(contracts.CallersOf(context.Method).Contains))
        {
            LogRefused(context.Method, string.Join(",", roles));
            throw new RpcException(new Status(
                StatusCode.PermissionDenied, $"{context.Method} is not for {(roles.Count == 0 ? "a peer without a role" : string.Join(",", roles))}"));
        }

        CallDeadline.Serve(context.Deadline);
    }

    private RpcException Translate(Exception failure, ServerCallContext context)
    {
        if (failure is OperationCanceledException && context.CancellationToken.IsCancellationRequested)
            return new RpcException(new Status(StatusCode.Cancelled, "Call cancelled"));
        if (StoreFailures.Of(failure) is { } passing)
        {
            LogStore(context.Method, passing.Detail, failure.Message);
            return new RpcException(passing);
        }

        LogFailed(failure, context.Method);
        return new RpcException(new Status(StatusCode.Internal, "The service failed; its log tells why"));
    }

    [LoggerMessage(LogLevel.Warning, "{Method} was called by roles '{Roles}', which may not call it")]
    private partial void LogRefused(string method, string roles);

    [LoggerMessage(LogLevel.Warning, "{Method}: {Detail}: {Failure}")]
    private partial void LogStore(string method, string detail, string failure);

    [LoggerMessage(LogLevel.Error, "{Method} failed")]
    private partial void LogFailed(Exception failure, string method);
}

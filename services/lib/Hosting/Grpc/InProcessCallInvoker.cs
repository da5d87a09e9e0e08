using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Grpc;

/// <summary>
/// Calls the services of this process as methods: the same generated clients, no serialisation, no thread hop. Deadlines,
/// cancellation, status codes and bounded streams behave as across a network, so that callers can't tell the difference.
/// Messages travel by reference: whoever sent or received one must not change it.
/// </summary>
internal sealed partial class InProcessCallInvoker(MethodTable table, TimeProvider clock, ILogger<InProcessCallInvoker> logger)
    : CallInvoker
{
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException("Calls between services are asynchronous; use the method that ends in Async");

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var handler = table.FindUnary<TRequest, TResponse>(method);
        var call = new InProcessCall(method, options, clock);
        var response = RunAsync(call, Start(() => handler(request, call.Context)));
        return new AsyncUnaryCall<TResponse>(
            response, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var handler = table.Find<ClientStreamingServerMethod<TRequest, TResponse>>(method);
        var call = new InProcessCall(method, options, clock);
        var requests = new InProcessStream<TRequest>(call);
        var response = RunAsync(call, StartAsync(requests.First, () => handler(requests, call.Context)), requests.Close);
        return new AsyncClientStreamingCall<TRequest, TResponse>(
            requests, response, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var handler = table.Find<ServerStreamingServerMethod<TRequest, TResponse>>(method);
        var call = new InProcessCall(method, options, clock);
        var responses = new InProcessStream<TResponse>(call);
        _ = PumpAsync(call, responses, Start(() => handler(request, responses, call.Context)), null);
        return new AsyncServerStreamingCall<TResponse>(
            responses, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var handler = table.Find<DuplexStreamingServerMethod<TRequest, TResponse>>(method);
        var call = new InProcessCall(method, options, clock);
        var requests = new InProcessStream<TRequest>(call);
        var responses = new InProcessStream<TResponse>(call);
        _ = PumpAsync(call, responses, Start(() => handler(requests, responses, call.Context)), requests.Close);
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            requests, responses, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    /// <summary>A handler that throws before its first await fails the call, not the caller's stack.</summary>
    private static async Task<TResponse> Start<TResponse>(Func<Task<TResponse>> handler) => await handler().ConfigureAwait(false);

    /// <summary>Begun with the first message, on its sender's thread, the handler finds it there: neither waits for the other to wake up.</summary>
    private static async Task<TResponse> StartAsync<TResponse>(Task first, Func<Task<TResponse>> handler)
    {
        await first.ConfigureAwait(false);
        return await handler().ConfigureAwait(false);
    }

    private static async Task Start(Func<Task> handler) => await handler().ConfigureAwait(false);

    private async Task<TResponse> RunAsync<TResponse>(InProcessCall call, Task<TResponse> handling, Action? closeRequests = null)
    {
        try
        {
            var response = await handling.ConfigureAwait(false);
            call.Complete(call.Context.Status);
            return response;
        }
        catch (Exception failure)
        {
            throw Translate(call, failure);
        }
        finally
        {
            closeRequests?.Invoke();
            call.End();
        }
    }

    private async Task PumpAsync<TResponse>(InProcessCall call, InProcessStream<TResponse> responses, Task handling, Action? closeRequests)
    {
        try
        {
            await handling.ConfigureAwait(false);
            call.Complete(call.Context.Status);
            responses.Finish(null);
        }
        catch (Exception failure)
        {
            responses.Finish(Translate(call, failure));
        }
        finally
        {
            closeRequests?.Invoke();
            call.End();
        }
    }

    private RpcException Translate(InProcessCall call, Exception failure)
    {
        var translated = failure switch
        {
            RpcException told => told,
            OperationCanceledException when call.IsPastDeadline => Failed(StatusCode.DeadlineExceeded, "Deadline exceeded", failure),
            OperationCanceledException => Failed(StatusCode.Cancelled, "Call cancelled", failure),
            _ => Unexpected(call, failure),
        };
        call.Complete(translated.Status, translated.Trailers);
        return translated;
    }

    private RpcException Unexpected(InProcessCall call, Exception failure)
    {
        if (StoreFailures.Of(failure) is { } passing)
        {
            LogStore(call.Context.Method, passing.Detail, failure.Message);
            return Failed(passing.StatusCode, passing.Detail, failure);
        }

        LogFailed(failure, call.Context.Method);
        return Failed(StatusCode.Internal, "The service failed; its log tells why", failure);
    }

    private static RpcException Failed(StatusCode code, string detail, Exception cause) =>
        new(new Status(code, detail, cause));

    [LoggerMessage(LogLevel.Warning, "{Method}: {Detail}: {Failure}")]
    private partial void LogStore(string method, string detail, string failure);

    [LoggerMessage(LogLevel.Error, "{Method} failed")]
    private partial void LogFailed(Exception failure, string method);
}

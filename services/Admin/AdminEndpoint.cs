using System.Runtime.ExceptionServices;
using Google.Protobuf;
using Grpc.Core;
using Mailstead.Admin.ApiLog;
using Mailstead.Admin.Aws;
using Mailstead.Admin.Rest;
using Mailstead.Contracts.Iam.V1;
using Mailstead.Hosting;
using Mailstead.Hosting.ApiLog;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mailstead.Admin;

/// <summary>
/// Every face of the admin API: reads, verifies the signature, checks the rules of the contract and what the caller's policies allow,
/// calls whoever serves the operation, answers.
/// </summary>
internal sealed partial class AdminEndpoint(
    AdminServices services, RestProtocol rest, Authentication authentication, Authorization authorization, KeyCallers keyCallers, CallInvoker invoker, CallLog log,
    InstallationOptions installation, AdminOptions options, RequestBodies bodies, TimeProvider clock, ILogger<AdminEndpoint> logger)
{
    /// <summary>Operations of IAM that are about whoever asks when they name nobody.</summary>
    private static readonly string[] OwnOperations = ["GetUser", "CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey"];

    private const string ErrorTypeTrailer = "mailstead-error-type";

    private static readonly AwsError Internal = new("InternalServiceError", "The service failed; try again later");
    private static readonly AwsError Gone = new("RequestAborted", "The client did not wait for the answer; it may have been carried out");
    private static readonly JsonProtocol Json = new();
    private static readonly QueryProtocol Query = new();
    private static readonly MessageFlowProtocol MessageFlow = new();

    public async Task HandleAsync(HttpContext context)
    {
        var requestId = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        context.Response.Headers["x-amzn-RequestId"] = requestId;
        var path = context.Request.Path;
        IAdminProtocol protocol = path.StartsWithSegments(RestProtocol.Prefix.TrimEnd('/'), StringComparison.Ordinal) ? rest
            : path.StartsWithSegments(MessageFlowProtocol.Prefix.TrimEnd('/'), StringComparison.Ordinal) ? MessageFlow
            : context.Request.ContentType?.StartsWith(QueryProtocol.FormType, StringComparison.OrdinalIgnoreCase) == true ? Query : Json;
        try
        {
            await AnswerAsync(context, protocol, requestId);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // Nobody is left to hear an answer.
            LogGone(requestId, gone.GetType().Name);
            context.Abort();
        }
    }

    private async Task AnswerAsync(HttpContext context, IAdminProtocol protocol, string requestId)
    {
        try
        {
            var answer = await RunAsync(context.Request, protocol, requestId, context.RequestAborted);
            context.Response.ContentType = protocol.ContentType;
            await context.Response.Body.WriteAsync(answer, context.RequestAborted);
        }
        catch (AwsErrorException refused)
        {
            await WriteErrorAsync(context, protocol, refused.Error, requestId);
        }
        catch (BadHttpRequestException refused)
        {
            LogBadRequest(requestId, refused.StatusCode, refused.Message);
            // What may still come of the body must not be taken for another request.
            context.Response.Headers.Connection = "close";
            var type = refused.StatusCode == StatusCodes.Status408RequestTimeout ? "RequestTimeoutException" : "SerializationException";
            await WriteErrorAsync(context, protocol, new AwsError(type, refused.Message), requestId, refused.StatusCode);
        }
        catch (RpcException refused) when (refused.Trailers.GetValue(ErrorTypeTrailer) is { } type)
        {
            await WriteErrorAsync(context, protocol, new AwsError(type, refused.Status.Detail), requestId);
        }
        catch (RpcException) when (context.RequestAborted.IsCancellationRequested)
        {
            throw new OperationCanceledException(context.RequestAborted);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or IOException))
        {
            LogFailed(failure, requestId);
            await WriteErrorAsync(context, protocol, Internal, requestId);
        }
    }

    private async Task<byte[]> RunAsync(HttpRequest request, IAdminProtocol protocol, string requestId, CancellationToken cancellationToken)
    {
        using var body = await bodies.ReadAsync(request, cancellationToken);
        var caller = await authentication.RunAsync(request, body.Octets, cancellationToken);
        var target = protocol.TargetOf(request, body.Octets, caller.Service);
        if (target == "sts.GetCallerIdentity")
            return protocol.Write(IdentityOf(caller), "GetCallerIdentity", requestId);
        if (services.Find(target) is not { } operation || !IsSignedFor(operation, caller, protocol))
            throw new AwsErrorException(AwsError.Unknown(target));
        var now = clock.GetUtcNow();
        var record = new CallRecord(Guid.CreateVersion7(now), now, requestId, request, caller, operation, installation.Region);
        return await CarryOutAsync(
            record, () => protocol.Read(operation.Request, request, body.Octets), message => CallAsync(caller, operation, message, request, cancellationToken),
            answer => protocol.Write(answer, operation.Name, requestId));
    }

    /// <summary>Whatever becomes of it is in the log before it is told: also when whoever asked does not wait for the answer.</summary>
    private async Task<byte[]> CarryOutAsync(
        CallRecord record, Func<IMessage> read, Func<IMessage, Task<IMessage>> call, Func<IMessage, byte[]> write)
    {
        IMessage? message = null;
        try
        {
            message = read();
            var answer = await call(message);
            await log.WriteAsync(record.ToEvent(message, answer, null), record.IsReadOnly);
            return write(answer);
        }
        catch (Exception failure)
        {
            var told = record.Operation.SigningName == "kms" ? AsKmsHasIt(failure) : failure;
            await log.WriteAsync(record.ToEvent(message, null, ErrorOf(told)), record.IsReadOnly);
            ExceptionDispatchInfo.Throw(told);
            throw;
        }
    }

    private static Exception AsKmsHasIt(Exception failure) => failure is AwsErrorException { Error: { Type: "InvalidParameterException" } error }
        ? new AwsErrorException(error with { Type = "ValidationException" })
        : failure;

    private async Task<IMessage> CallAsync(
        Caller caller, AdminOperation operation, IMessage message, HttpRequest request, CancellationToken cancellationToken)
    {
        if (operation.Service == "iam" && OwnOperations.Contains(operation.Name))
            NameOwn(message, caller);
        if (RequestRules.FindBreach(message) is { } breach)
            throw new AwsErrorException(AwsError.Invalid(breach));
        await authorization.RequireAsync(caller, operation, message, request, cancellationToken);
        var deadline = (clock.GetUtcNow() + options.Timeout).UtcDateTime;
        var headers = operation.SigningName == "kms" ? keyCallers.HeadersOf(caller, request) : null;
        return await invoker.AsyncUnaryCall(
            operation.Method, null, new CallOptions(headers, deadline, cancellationToken), message);
    }

    private static AwsError ErrorOf(Exception failure) => failure switch
    {
        AwsErrorException refused => refused.Error,
        RpcException refused when refused.Trailers.GetValue(ErrorTypeTrailer) is { } type => new AwsError(type, refused.Status.Detail),
        OperationCanceledException or IOException or RpcException { StatusCode: StatusCode.Cancelled } => Gone,
        _ => Internal,
    };

    /// <summary>REST has one service, whose signature is good for all that it offers.</summary>
    private static bool IsSignedFor(AdminOperation operation, Caller caller, IAdminProtocol protocol) =>
        caller.Service == (protocol is RestProtocol ? "workmail" : operation.SigningName);

    private static GetCallerIdentityResponse IdentityOf(Caller caller) =>
        new() { UserId = caller.PrincipalId, Account = caller.AccountId, Arn = caller.Arn };

    private static void NameOwn(IMessage message, Caller caller)
    {
        var field = message.Descriptor.FindFieldByName("user_name");
        if (!field.Accessor.HasValue(message))
            field.Accessor.SetValue(message, caller.UserName);
    }

    private static async Task WriteErrorAsync(HttpContext context, IAdminProtocol protocol, AwsError error, string requestId, int? status = null)
    {
        var (own, body) = protocol.WriteError(error, requestId);
        context.Response.StatusCode = status ?? own;
        context.Response.ContentType = protocol.ErrorContentType;
        context.Response.Headers["x-amzn-ErrorType"] = error.Type;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    [LoggerMessage(LogLevel.Error, "Request {RequestId} failed")]
    private partial void LogFailed(Exception failure, string requestId);

    [LoggerMessage(LogLevel.Debug, "Request {RequestId} was refused with {Status}: {Reason}")]
    private partial void LogBadRequest(string requestId, int status, string reason);

    [LoggerMessage(LogLevel.Debug, "Request {RequestId}: the client has gone, {Failure}")]
    private partial void LogGone(string requestId, string failure);
}

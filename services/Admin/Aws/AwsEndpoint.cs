using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Mailstead.Hosting.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mailstead.Admin.Aws;

/// <summary>
/// <c>POST /</c> of the AWS JSON 1.1 protocol: reads, verifies the signature, checks the rules, calls whoever serves the operation, answers.
/// </summary>
internal sealed partial class AwsEndpoint(
    AdminServices services, DirectoriesApi.DirectoriesApiClient directories, CallInvoker invoker, InstallationOptions installation,
    AdminOptions options, RequestBodies bodies, SignIns signIns, TimeProvider clock, ILogger<AwsEndpoint> logger)
{
    private const string SigningName = "workmail";
    private const string ContentType = "application/x-amz-json-1.1";

    public async Task HandleAsync(HttpContext context)
    {
        var requestId = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        context.Response.Headers["x-amzn-RequestId"] = requestId;
        try
        {
            await AnswerAsync(context, requestId);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // Nobody is left to hear an answer.
            LogGone(requestId, gone.GetType().Name);
            context.Abort();
        }
    }

    private async Task AnswerAsync(HttpContext context, string requestId)
    {
        try
        {
            var answer = await RunAsync(context.Request, context.RequestAborted);
            context.Response.ContentType = ContentType;
            await context.Response.Body.WriteAsync(AwsJson.Write(answer), context.RequestAborted);
        }
        catch (AwsErrorException refused)
        {
            await WriteErrorAsync(context, StatusCodes.Status400BadRequest, refused.Error);
        }
        catch (BadHttpRequestException refused)
        {
            LogBadRequest(requestId, refused.StatusCode, refused.Message);
            // What may still come of the body must not be taken for another request.
            context.Response.Headers.Connection = "close";
            var type = refused.StatusCode == StatusCodes.Status408RequestTimeout ? "RequestTimeoutException" : "SerializationException";
            await WriteErrorAsync(context, refused.StatusCode, new AwsError(type, refused.Message));
        }
        catch (RpcException refused) when (refused.Trailers.GetValue("mailstead-error-type") is { } type)
        {
            await WriteErrorAsync(context, StatusCodes.Status400BadRequest, new AwsError(type, refused.Status.Detail));
        }
        catch (RpcException) when (context.RequestAborted.IsCancellationRequested)
        {
            throw new OperationCanceledException(context.RequestAborted);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or IOException))
        {
            LogFailed(failure, requestId);
            await WriteErrorAsync(
                context, StatusCodes.Status500InternalServerError, new AwsError("InternalServiceError", "The service failed; try again later"));
        }
    }

    private async Task<IMessage> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = await bodies.ReadAsync(request, cancellationToken);
        await AuthenticateAsync(request, body.Octets, cancellationToken);
        var target = request.Headers["X-Amz-Target"].ToString();
        if (services.Find(target) is not { } operation)
            throw new AwsErrorException(AwsError.Unknown(target));
        var message = AwsJson.Read(operation.Request, body.Octets);
        if (RequestRules.FindBreach(message) is { } breach)
            throw new AwsErrorException(AwsError.Invalid(breach));
        var deadline = (clock.GetUtcNow() + options.Timeout).UtcDateTime;
        return await invoker.AsyncUnaryCall(
            operation.Method, null, new CallOptions(deadline: deadline, cancellationToken: cancellationToken), message);
    }

    private async Task AuthenticateAsync(HttpRequest request, byte[] body, CancellationToken cancellationToken)
    {
        var connection = request.HttpContext.Connection;
        var attempt = new SignInAttempt("Admin", connection.Id, connection.RemoteIpAddress?.ToString() ?? "unknown");
        try
        {
            await VerifyAsync(SignedRequest.Read(request, body), cancellationToken);
            signIns.Granted(attempt);
        }
        catch (AwsErrorException refused)
        {
            signIns.Refused(attempt, refused.Error.Type);
            throw;
        }
    }

    private async Task VerifyAsync(SignedRequest signed, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if ((now - signed.Time).Duration() > options.ClockSkew)
        {
            throw new AwsErrorException(new AwsError(
                "InvalidSignatureException", $"Signature expired or not yet current: it is of {signed.Time:u}, and here it is {now:u}"));
        }

        if (signed.Region != installation.Region)
            throw new AwsErrorException(new AwsError("InvalidSignatureException", $"Credential should be scoped to region {installation.Region}"));
        if (signed.Service != SigningName)
            throw new AwsErrorException(new AwsError("InvalidSignatureException", $"Credential should be scoped to service {SigningName}"));
        var answer = await directories.VerifySignatureAsync(
            new VerifySignatureRequest
            {
                AccessKeyId = signed.AccessKeyId,
                Date = signed.Date,
                Region = signed.Region,
                Service = signed.Service,
                StringToSign = signed.StringToSign,
                Signature = signed.Signature,
            },
            cancellationToken: cancellationToken);
        if (!answer.KeyKnown)
            throw new AwsErrorException(new AwsError("UnrecognizedClientException", "The security token included in the request is invalid."));
        if (!answer.SignatureValid)
        {
            throw new AwsErrorException(new AwsError(
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided. Check your secret access key and signing method."));
        }
    }

    private static Task WriteErrorAsync(HttpContext context, int status, AwsError error)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        context.Response.Headers["x-amzn-ErrorType"] = error.Type;
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, string> { ["__type"] = error.Type, ["Message"] = error.Message, ["message"] = error.Message });
        return context.Response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }

    [LoggerMessage(LogLevel.Error, "Request {RequestId} failed")]
    private partial void LogFailed(Exception failure, string requestId);

    [LoggerMessage(LogLevel.Debug, "Request {RequestId} was refused with {Status}: {Reason}")]
    private partial void LogBadRequest(string requestId, int status, string reason);

    [LoggerMessage(LogLevel.Debug, "Request {RequestId}: the client has gone, {Failure}")]
    private partial void LogGone(string requestId, string failure);
}

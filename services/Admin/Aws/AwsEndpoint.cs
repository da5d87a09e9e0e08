using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mailstead.Admin.Aws;

/// <summary>
/// <c>POST /</c> of the AWS JSON 1.1 protocol: reads, verifies the signature, checks the rules, calls whoever serves the operation, answers.
/// </summary>
internal sealed partial class AwsEndpoint(
    AdminServices services, DirectoriesApi.DirectoriesApiClient directories, CallInvoker invoker, InstallationOptions installation,
    AdminOptions options, TimeProvider clock, ILogger<AwsEndpoint> logger)
{
    private const string TargetPrefix = "WorkMailService.";
    private const string SigningName = "workmail";
    private const string ContentType = "application/x-amz-json-1.1";

    public async Task HandleAsync(HttpContext context)
    {
        var requestId = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        context.Response.Headers["x-amzn-RequestId"] = requestId;
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
        catch (RpcException refused) when (refused.Trailers.GetValue("mailstead-error-type") is { } type)
        {
            await WriteErrorAsync(context, StatusCodes.Status400BadRequest, new AwsError(type, refused.Status.Detail));
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or IOException or RpcException { StatusCode: StatusCode.Cancelled }))
        {
            LogFailed(failure, requestId);
            await WriteErrorAsync(
                context, StatusCodes.Status500InternalServerError, new AwsError("InternalServiceError", "The service failed; try again later"));
        }
    }

    private async Task<IMessage> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await ReadBodyAsync(request, cancellationToken);
        await VerifyAsync(SignedRequest.Read(request, body), cancellationToken);
        var target = request.Headers["X-Amz-Target"].ToString();
        var operation = target.StartsWith(TargetPrefix, StringComparison.Ordinal) ? services.Find(target[TargetPrefix.Length..]) : null;
        if (operation is null)
            throw new AwsErrorException(AwsError.Unknown(target));
        var message = AwsJson.Read(operation.Request, body);
        if (RequestRules.FindBreach(message) is { } breach)
            throw new AwsErrorException(AwsError.Invalid(breach));
        var deadline = (clock.GetUtcNow() + options.Timeout).UtcDateTime;
        return await invoker.AsyncUnaryCall(
            operation.Method, null, new CallOptions(deadline: deadline, cancellationToken: cancellationToken), message);
    }

    private async Task<byte[]> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength is not { } length)
            throw new AwsErrorException(AwsError.Serialization("Content-Length is required"));
        if (length > options.BodyOctetsMax)
            throw new AwsErrorException(AwsError.Serialization($"A body has at most {options.BodyOctetsMax} octets"));
        var body = new byte[length];
        await request.Body.ReadExactlyAsync(body, cancellationToken);
        return body;
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
}

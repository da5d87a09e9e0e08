using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mailstead.Admin.Aws;
using Mailstead.Contracts.Admin.V1;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin.Rest;

/// <summary>
/// The message-flow API as the AWS tools speak it (REST-JSON): <c>GET /messages/ID</c> answers with the message itself, <c>POST /messages/ID</c> says in
/// JSON where its replacement is.
/// </summary>
internal sealed class MessageFlowProtocol : IAdminProtocol
{
    public const string Prefix = "/messages/";

    private const string Service = "workmailmessageflow";
    private const int DepthMax = 8;

    private static readonly JsonParser Parser = new(new JsonParser.Settings(DepthMax));

    public string ContentType => "application/octet-stream";

    public string ErrorContentType => "application/json";

    public string TargetOf(HttpRequest request, ReadOnlyMemory<byte> body, string service) => HttpMethods.IsGet(request.Method)
        ? $"{Service}.{nameof(MessageFlow.MessageFlowClient.GetRawMessageContent)}"
        : $"{Service}.{nameof(MessageFlow.MessageFlowClient.PutRawMessageContent)}";

    public IMessage Read(MessageDescriptor type, HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var messageId = request.Path.Value![Prefix.Length..];
        if (HttpMethods.IsGet(request.Method))
            return new GetRawMessageContentRequest { MessageId = messageId };
        try
        {
            var order = Parser.Parse<PutRawMessageContentRequest>(Encoding.UTF8.GetString(body.Span));
            order.MessageId = messageId;
            return order;
        }
        catch (Exception broken) when (broken is InvalidProtocolBufferException or InvalidJsonException or FormatException or ArgumentException)
        {
            throw new AwsErrorException(AwsError.Serialization("The request can't be read: " + broken.Message));
        }
    }

    public byte[] Write(IMessage answer, string operation, string requestId) =>
        answer is GetRawMessageContentResponse { MessageContent: var content } ? content.ToByteArray() : "{}"u8.ToArray();

    public (int Status, byte[] Body) WriteError(AwsError error, string requestId)
    {
        var status = error.Type switch
        {
            "InternalServiceError" => StatusCodes.Status500InternalServerError,
            "ResourceNotFoundException" => StatusCodes.Status404NotFound,
            "AccessDeniedException" or "UnrecognizedClientException" or "InvalidSignatureException" => StatusCodes.Status403Forbidden,
            _ => StatusCodes.Status400BadRequest,
        };
        return (status, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["message"] = error.Message }));
    }
}

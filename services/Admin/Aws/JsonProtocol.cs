using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin.Aws;

/// <summary>AWS JSON 1.1: the operation is in a header, everything else is JSON, every error has status 400.</summary>
internal sealed class JsonProtocol : IAdminProtocol
{
    public string ContentType => "application/x-amz-json-1.1";

    public string TargetOf(HttpRequest request, ReadOnlyMemory<byte> body, string service) => request.Headers["X-Amz-Target"].ToString();

    public IMessage Read(MessageDescriptor type, HttpRequest request, ReadOnlyMemory<byte> body) => AwsJson.Read(type, body);

    public byte[] Write(IMessage answer, string operation, string requestId) => AwsJson.Write(answer);

    public (int Status, byte[] Body) WriteError(AwsError error, string requestId) => (
        error.Type == "InternalServiceError" ? StatusCodes.Status500InternalServerError : StatusCodes.Status400BadRequest,
        JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, string> { ["__type"] = error.Type, ["Message"] = error.Message, ["message"] = error.Message }));
}

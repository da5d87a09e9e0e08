using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mailstead.Admin.Aws;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin;

/// <summary>How requests and answers are written: AWS JSON 1.1, the query protocol of IAM and STS, or REST.</summary>
internal interface IAdminProtocol
{
    string ContentType { get; }

    string ErrorContentType => ContentType;

    /// <summary>The operation that is asked for, its service in front: <c>WorkMailService.ListUsers</c>, <c>iam.CreateUser</c>.</summary>
    /// <param name="service">That the request was signed for.</param>
    string TargetOf(HttpRequest request, ReadOnlyMemory<byte> body, string service);

    /// <exception cref="AwsErrorException">It can't be read as that message.</exception>
    IMessage Read(MessageDescriptor type, HttpRequest request, ReadOnlyMemory<byte> body);

    byte[] Write(IMessage answer, string operation, string requestId);

    (int Status, byte[] Body) WriteError(AwsError error, string requestId);
}

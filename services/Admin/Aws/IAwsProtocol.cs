using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin.Aws;

/// <summary>How requests and answers are written: JSON 1.1, or the query protocol of IAM and STS.</summary>
internal interface IAwsProtocol
{
    string ContentType { get; }

    /// <summary>The operation that is asked for, its service in front: <c>WorkMailService.ListUsers</c>, <c>iam.CreateUser</c>.</summary>
    /// <param name="service">That the request was signed for.</param>
    string TargetOf(HttpRequest request, ReadOnlyMemory<byte> body, string service);

    /// <exception cref="AwsErrorException">It can't be read as that message.</exception>
    IMessage Read(MessageDescriptor type, ReadOnlyMemory<byte> body);

    byte[] Write(IMessage answer, string operation, string requestId);

    (int Status, byte[] Body) WriteError(AwsError error, string requestId);
}

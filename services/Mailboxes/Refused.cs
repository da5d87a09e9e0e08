using Grpc.Core;

namespace Mailstead.Mailboxes;

/// <summary>Expected failures, as the contract names them.</summary>
internal static class Refused
{
    public static RpcException NoMailbox() => new(new Status(StatusCode.NotFound, "There is no such mailbox"));

    public static RpcException NoFolder() => new(new Status(StatusCode.NotFound, "There is no such folder"));

    public static RpcException NoItem() => new(new Status(StatusCode.NotFound, "There is no such item"));

    public static RpcException NotFound(string reason) => new(new Status(StatusCode.NotFound, reason));

    public static RpcException FolderExists() => new(new Status(StatusCode.AlreadyExists, "A folder of that name is there already"));

    public static RpcException Invalid(string reason) => new(new Status(StatusCode.InvalidArgument, reason));

    public static RpcException Exhausted(string reason) => new(new Status(StatusCode.ResourceExhausted, reason));

    public static RpcException Precondition(string reason) => new(new Status(StatusCode.FailedPrecondition, reason));
}

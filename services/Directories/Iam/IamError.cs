using Grpc.Core;

namespace Mailstead.Directories.Iam;

/// <summary>Expected failures of IAM, named as AWS names them.</summary>
internal static class IamError
{
    public static RpcException NotFound(string what) => Create(StatusCode.NotFound, "NoSuchEntity", $"{what} cannot be found.");

    public static RpcException Exists(string what) => Create(StatusCode.AlreadyExists, "EntityAlreadyExists", $"{what} already exists.");

    public static RpcException Conflict(string reason) => Create(StatusCode.FailedPrecondition, "DeleteConflict", reason);

    public static RpcException Limit(string reason) => Create(StatusCode.ResourceExhausted, "LimitExceeded", reason);

    public static RpcException Malformed(string reason) => Create(StatusCode.InvalidArgument, "MalformedPolicyDocument", reason);

    public static RpcException Invalid(string reason) => Create(StatusCode.InvalidArgument, "ValidationError", reason);

    public static RpcException Unmodifiable(string reason) => Create(StatusCode.InvalidArgument, "UnmodifiableEntity", reason);

    private static RpcException Create(StatusCode code, string type, string message) =>
        new(new Status(code, message), new Metadata { { AdminError.TypeTrailer, type } });
}

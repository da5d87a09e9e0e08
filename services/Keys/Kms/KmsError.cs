using Grpc.Core;
using Mailstead.Keys.Providers;

namespace Mailstead.Keys.Kms;

/// <summary>Expected failures of the key service's administration, named as AWS KMS names them.</summary>
internal static class KmsError
{
    public static RpcException NotFound(string reason) => Create(StatusCode.NotFound, "NotFoundException", reason);

    public static RpcException InvalidArn(string reason) => Create(StatusCode.InvalidArgument, "InvalidArnException", reason);

    public static RpcException InvalidState(string arn, string state) =>
        Create(StatusCode.FailedPrecondition, "KMSInvalidStateException", $"{arn} is {state}.");

    public static RpcException Disabled(string arn) => Create(StatusCode.FailedPrecondition, "DisabledException", $"{arn} is disabled.");

    public static RpcException InvalidCiphertext() => Create(
        StatusCode.InvalidArgument, "InvalidCiphertextException", "The ciphertext does not open: it is damaged, or its encryption context is another one.");

    public static RpcException IncorrectKey() => Create(
        StatusCode.InvalidArgument, "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.");

    public static RpcException Denied(string caller, string operation, string resource) => Create(
        StatusCode.PermissionDenied, "AccessDeniedException", $"User: {caller} is not authorized to perform: kms:{operation} on resource: {resource}");

    public static RpcException Exists(string reason) => Create(StatusCode.AlreadyExists, "AlreadyExistsException", reason);

    public static RpcException InvalidAlias(string reason) => Create(StatusCode.InvalidArgument, "InvalidAliasNameException", reason);

    public static RpcException MalformedPolicy(string reason) => Create(StatusCode.InvalidArgument, "MalformedPolicyDocumentException", reason);

    public static RpcException Limit(string reason) => Create(StatusCode.ResourceExhausted, "LimitExceededException", reason);

    public static RpcException InvalidMarker() =>
        Create(StatusCode.InvalidArgument, "InvalidMarkerException", "Marker must be one that this operation gave");

    public static RpcException InvalidGrantId(string id) => Create(StatusCode.InvalidArgument, "InvalidGrantIdException", $"{id} is no id of a grant");

    public static RpcException InvalidGrantToken() => Create(StatusCode.InvalidArgument, "InvalidGrantTokenException", "The grant token is none that CreateGrant gave");

    public static RpcException Tag(string reason) => Create(StatusCode.InvalidArgument, "TagException", reason);

    public static RpcException Unsupported(string reason) => Create(StatusCode.FailedPrecondition, "UnsupportedOperationException", reason);

    public static RpcException Invalid(string reason) => Create(StatusCode.InvalidArgument, "ValidationException", reason);

    /// <summary>Where the key lives it can't be used now.</summary>
    public static RpcException Provider(KeyProviderException failure) => failure.Refusal.Code == StatusCode.Unavailable
        ? Create(StatusCode.Unavailable, "DependencyTimeoutException", failure.Message)
        : Create(StatusCode.FailedPrecondition, "KMSInvalidStateException", failure.Message);

    /// <summary>All is well, and nothing was done, as was asked.</summary>
    public static RpcException DryRun() => Create(
        StatusCode.Aborted, "DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");

    private static RpcException Create(StatusCode code, string type, string message) =>
        new(new Status(code, message), new Metadata { { "mailstead-error-type", type } });
}

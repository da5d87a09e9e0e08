using Grpc.Core;

namespace Mailstead.Directories;

/// <summary>
/// Expected failures of administration. The trailer names the public API's error type; the text tells people what to change.
/// </summary>
internal static class AdminError
{
    public const string TypeTrailer = "mailstead-error-type";

    public static RpcException EntityNotFound(string what) =>
        Create(StatusCode.NotFound, "EntityNotFoundException", $"{what} does not exist in this organization");

    public static RpcException EntityState(string reason) => Create(StatusCode.FailedPrecondition, "EntityStateException", reason);

    public static RpcException AlreadyRegistered() =>
        Create(StatusCode.AlreadyExists, "EntityAlreadyRegisteredException", "The user, group or resource is already enabled");

    public static RpcException OrganizationNotFound() =>
        Create(StatusCode.NotFound, "OrganizationNotFoundException", "There is no organization with this id");

    public static RpcException OrganizationState(string state) =>
        Create(StatusCode.FailedPrecondition, "OrganizationStateException", $"The organization is {state}; this needs it to be Active");

    public static RpcException OrganizationLocked(string reason) => Create(StatusCode.FailedPrecondition, "OrganizationStateException", reason);

    public static RpcException NameTaken(string name) =>
        Create(StatusCode.AlreadyExists, "NameAvailabilityException", $"{name} is taken; choose another name");

    public static RpcException Reserved(string name) =>
        Create(StatusCode.InvalidArgument, "ReservedNameException", $"{name} is reserved; choose another name");

    public static RpcException EmailInUse(string address) =>
        Create(StatusCode.AlreadyExists, "EmailAddressInUseException", $"{address} belongs to another user, group or resource");

    public static RpcException DomainNotFound(string domain) =>
        Create(StatusCode.NotFound, "MailDomainNotFoundException", $"{domain} is no mail domain of this organization; register it first");

    public static RpcException DomainState(string domain) =>
        Create(StatusCode.FailedPrecondition, "MailDomainStateException", $"{domain} is not verified yet; publish its TXT record first");

    public static RpcException DomainInUse(string domain) =>
        Create(StatusCode.AlreadyExists, "MailDomainInUseException", $"{domain} is in use by an organization already");

    public static RpcException DomainStillUsed(string reason) => Create(StatusCode.FailedPrecondition, "MailDomainInUseException", reason);

    public static RpcException InvalidParameter(string reason) => Create(StatusCode.InvalidArgument, "InvalidParameterException", reason);

    public static RpcException InvalidPassword(string reason) => Create(StatusCode.InvalidArgument, "InvalidPasswordException", reason);

    public static RpcException Limit(string reason) => Create(StatusCode.ResourceExhausted, "LimitExceededException", reason);

    public static RpcException TooManyTags(string reason) => Create(StatusCode.ResourceExhausted, "TooManyTagsException", reason);

    public static RpcException ResourceNotFound(string reason) => Create(StatusCode.NotFound, "ResourceNotFoundException", reason);

    public static RpcException Unsupported(string reason) => Create(StatusCode.FailedPrecondition, "UnsupportedOperationException", reason);

    /// <summary>One that no other operation has.</summary>
    public static RpcException Of(StatusCode code, string type, string message) => Create(code, type, message);

    private static RpcException Create(StatusCode code, string type, string message) =>
        new(new Status(code, message), new Metadata { { TypeTrailer, type } });
}

using Grpc.Core;

namespace Mailstead.Delivery.MessageFlow;

/// <summary>Errors of the message-flow API by their public names.</summary>
internal static class MessageFlowErrors
{
    private const string TypeTrailer = "mailstead-error-type";

    public static RpcException NotFound(string messageId) => Create(
        StatusCode.NotFound, "ResourceNotFoundException",
        $"There is no message {messageId}: messages can be read for a limited time, from when a function was asked about them or told of them");

    public static RpcException Frozen(string messageId) => Create(
        StatusCode.FailedPrecondition, "MessageFrozen", $"The message {messageId} is no longer waiting for a synchronous function: it can't be replaced");

    public static RpcException Location(string reason) => Create(StatusCode.InvalidArgument, "InvalidContentLocation", reason);

    public static RpcException Rejected(string reason) => Create(StatusCode.InvalidArgument, "MessageRejected", reason);

    private static RpcException Create(StatusCode code, string type, string reason) =>
        new(new Status(code, reason), new Metadata { { TypeTrailer, type } });
}

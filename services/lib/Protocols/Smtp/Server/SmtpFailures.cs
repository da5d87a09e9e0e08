using Grpc.Core;
using Mailstead.Contracts;

namespace Mailstead.Protocols.Smtp.Server;

/// <summary>What a client hears when a service behind us refuses or fails: permanent only if the message itself is at fault.</summary>
public static class SmtpFailures
{
    public static SmtpReply ToReply(RpcException failure) => failure.StatusCode switch
    {
        _ when BrokenCall.Is(failure) => SmtpReplies.Unavailable,
        _ when MessageRefused.ReasonOf(failure) is { } reason => new SmtpReply(550, "5.7.1", reason),
        StatusCode.InvalidArgument => new SmtpReply(554, "5.6.0", failure.Status.Detail),
        StatusCode.ResourceExhausted when StorageFull.IsToldBy(failure) => SmtpReplies.NoRoom,
        StatusCode.ResourceExhausted => SmtpReplies.TooLarge,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => SmtpReplies.Unavailable,
        _ => SmtpReplies.ServerError,
    };
}

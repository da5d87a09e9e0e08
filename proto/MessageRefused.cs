using Grpc.Core;

namespace Mailstead.Contracts;

/// <summary>What delivery answers when it takes a message from nobody, ever, for a reason that its sender is told: a policy of the sender's domain, a virus.</summary>
public static class MessageRefused
{
    private const string Prefix = "Refused: ";

    public static Status Because(string reason) => new(StatusCode.Aborted, Prefix + reason);

    /// <summary>Null: it is another failure.</summary>
    public static string? ReasonOf(RpcException failure) =>
        failure.StatusCode == StatusCode.Aborted && failure.Status.Detail.StartsWith(Prefix, StringComparison.Ordinal) ? failure.Status.Detail[Prefix.Length..] : null;
}

using Grpc.Core;
using Mailstead.Contracts;

namespace Mailstead.Imap;

/// <summary>How a command ended: status, response code (RFC 9051 §7.1) and text for people.</summary>
internal sealed record ImapReply(string Status, string Code, string Text)
{
    public static readonly ImapReply ServerBug = No("SERVERBUG", "The server failed; what was asked may not be done");

    /// <summary>The command has said everything itself.</summary>
    public static readonly ImapReply Silent = new("", "", "");

    private static readonly ImapReply Unavailable = No("UNAVAILABLE", "A part of the server is unavailable, try again later");

    public static ImapReply Ok(string text) => new("OK", "", text);

    public static ImapReply Ok(string code, string text) => new("OK", code, text);

    public static ImapReply No(string code, string text) => new("NO", code, text);

    public static ImapReply Bad(string text) => new("BAD", "", text);

    public static ImapReply Of(RpcException failure) => failure.StatusCode switch
    {
        _ when BrokenCall.Is(failure) => Unavailable,
        StatusCode.NotFound => No("NONEXISTENT", failure.Status.Detail),
        StatusCode.AlreadyExists => No("ALREADYEXISTS", failure.Status.Detail),
        StatusCode.ResourceExhausted when StorageFull.IsToldBy(failure) => No("UNAVAILABLE", failure.Status.Detail),
        StatusCode.ResourceExhausted when failure.Status.Detail.Contains("quota", StringComparison.Ordinal) => No("OVERQUOTA", failure.Status.Detail),
        StatusCode.ResourceExhausted => No("LIMIT", failure.Status.Detail),
        StatusCode.InvalidArgument => No("CANNOT", failure.Status.Detail),
        StatusCode.FailedPrecondition => No("UNAVAILABLE", failure.Status.Detail),
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => Unavailable,
        _ => ServerBug,
    };
}

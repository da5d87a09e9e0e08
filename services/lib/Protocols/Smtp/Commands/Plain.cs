namespace Mailstead.Protocols.Smtp.Commands;

/// <summary>The verbs that have nothing to parse: RSET, NOOP, VRFY, EXPN, HELP, QUIT (RFC 5321 §4.1.1).</summary>
internal static class Plain
{
    public static async ValueTask<SmtpReply?> RsetAsync(SmtpSession session, string arguments, CancellationToken cancellationToken)
    {
        if (arguments.Length > 0)
            return new SmtpReply(501, "5.5.4", "RSET takes no arguments");
        await session.ResetAsync();
        return SmtpReplies.Ok;
    }

    public static ValueTask<SmtpReply?> NoopAsync(SmtpSession session, string arguments, CancellationToken cancellationToken) =>
        ValueTask.FromResult<SmtpReply?>(SmtpReplies.Ok);

    /// <summary>RFC 5321 §7.3: whether an address exists is told to whoever sends mail there, not to whoever asks.</summary>
    public static ValueTask<SmtpReply?> VrfyAsync(SmtpSession session, string arguments, CancellationToken cancellationToken) =>
        ValueTask.FromResult<SmtpReply?>(arguments.Length == 0
            ? new SmtpReply(501, "5.5.4", "VRFY takes an address")
            : new SmtpReply(252, "2.1.5", "Send some mail and it will be tried"));

    /// <summary>RFC 5321 §7.3 again: who is on a list is nobody's business.</summary>
    public static ValueTask<SmtpReply?> ExpnAsync(SmtpSession session, string arguments, CancellationToken cancellationToken) =>
        ValueTask.FromResult<SmtpReply?>(new SmtpReply(502, "5.5.1", "Lists are not expanded here"));

    public static ValueTask<SmtpReply?> HelpAsync(SmtpSession session, string arguments, CancellationToken cancellationToken) =>
        ValueTask.FromResult<SmtpReply?>(new SmtpReply(214, "2.0.0", "RFC 5321 tells it all"));

    public static ValueTask<SmtpReply?> QuitAsync(SmtpSession session, string arguments, CancellationToken cancellationToken) =>
        ValueTask.FromResult<SmtpReply?>(new SmtpReply(221, "2.0.0", $"{session.Policy.Hostname} closing connection"));
}

namespace Mailstead.Protocols.Smtp.Commands;

/// <summary>STARTTLS (RFC 3207).</summary>
internal static class StartTls
{
    public static async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments, CancellationToken cancellationToken)
    {
        if (arguments.Length > 0)
            return new SmtpReply(501, "5.5.4", "STARTTLS takes no arguments");
        if (session.Tls is not null)
            return new SmtpReply(503, "5.5.1", "The connection is encrypted already");
        if (session.HasPipelinedInput())
            return new SmtpReply(421, "5.5.1", "Nothing may follow STARTTLS before the handshake, closing connection");
        session.Write(new SmtpReply(220, "2.0.0", "Begin the handshake"));
        await session.StartTlsAsync(cancellationToken);
        return null;
    }
}

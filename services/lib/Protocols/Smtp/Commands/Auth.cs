using Mailstead.Protocols.Sasl;

namespace Mailstead.Protocols.Smtp.Commands;

/// <summary>AUTH (RFC 4954) with PLAIN and LOGIN, under TLS only.</summary>
internal static class Auth
{
    private static readonly SmtpReply Cancelled = new(501, "5.7.0", "Authentication cancelled");
    private static readonly SmtpReply BadEncoding = new(501, "5.5.2", "That is not base64 of what the mechanism wants");

    public static async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments, CancellationToken cancellationToken)
    {
        if (!session.Policy.HasAuthentication)
            return new SmtpReply(502, "5.5.1", "Nobody signs in here");
        if (session.Tls is null)
            return new SmtpReply(538, "5.7.11", "Encryption required: say STARTTLS first");
        if (session.Principal is not null)
            return new SmtpReply(503, "5.5.1", "You are signed in already");
        if (session.Transaction is not null)
            return SmtpReplies.MailAlready;
        var words = arguments.Split(' ', 2);
        var initial = words.Length > 1 ? words[1] : null;
        return words[0].ToUpperInvariant() switch
        {
            "PLAIN" => await PlainAsync(session, initial, cancellationToken),
            "LOGIN" => await LoginAsync(session, initial, cancellationToken),
            "" => new SmtpReply(501, "5.5.4", "Say AUTH with a mechanism: PLAIN or LOGIN"),
            _ => new SmtpReply(504, "5.5.4", "Mechanisms are PLAIN and LOGIN"),
        };
    }

    private static async ValueTask<SmtpReply> PlainAsync(SmtpSession session, string? initial, CancellationToken cancellationToken)
    {
        var response = initial ?? await AskAsync(session, "", cancellationToken);
        if (response is null or "*")
            return Cancelled;
        // RFC 4954 §4: "=" is an empty initial response.
        return SaslPlain.TryDecode(response == "=" ? "" : response, out var login, out var password)
            ? await CheckAsync(session, login, password, cancellationToken)
            : BadEncoding;
    }

    private static async ValueTask<SmtpReply> LoginAsync(SmtpSession session, string? initial, CancellationToken cancellationToken)
    {
        var name = initial ?? await AskAsync(session, "VXNlcm5hbWU6", cancellationToken);
        if (name is null or "*")
            return Cancelled;
        var secret = await AskAsync(session, "UGFzc3dvcmQ6", cancellationToken);
        if (secret is null or "*")
            return Cancelled;
        return SaslPlain.TryDecodeText(name, out var login) && SaslPlain.TryDecodeText(secret, out var password)
            ? await CheckAsync(session, login, password, cancellationToken)
            : BadEncoding;
    }

    private static async ValueTask<string?> AskAsync(SmtpSession session, string challenge, CancellationToken cancellationToken)
    {
        session.Write(new SmtpReply(334, "", challenge));
        var line = await session.ReadLineAsync(SmtpLimits.AuthLineOctetsMax, cancellationToken);
        return line is { Refusal: null } ? line.Text : null;
    }

    private static async ValueTask<SmtpReply> CheckAsync(
        SmtpSession session, string login, string password, CancellationToken cancellationToken)
    {
        var reply = await session.Policy.AuthenticateAsync(session, login, password, cancellationToken);
        if (reply.IsPositive || ++session.AuthenticationFailures < SmtpLimits.AuthFailuresMax)
            return reply;
        session.Write(reply);
        return new SmtpReply(421, "4.7.0", "Too many failed attempts, closing connection");
    }
}

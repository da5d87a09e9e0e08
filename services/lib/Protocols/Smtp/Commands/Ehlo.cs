namespace Mailstead.Protocols.Smtp.Commands;

/// <summary>EHLO and HELO (RFC 5321 §4.1.1.1): who the client is, and what we can do.</summary>
internal static class Ehlo
{
    private static readonly SmtpReply BadName = new(501, "5.5.4", "Say EHLO with your domain name or address literal");

    public static async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments, CancellationToken cancellationToken)
    {
        if (!IsName(arguments))
            return BadName;
        await GreetAsync(session, arguments, isExtended: true);
        List<string> lines =
        [
            $"{session.Policy.Hostname} greets you",
            "PIPELINING",
            $"SIZE {SmtpLimits.MessageOctetsMax}",
            "8BITMIME",
            "SMTPUTF8",
            "CHUNKING",
            "ENHANCEDSTATUSCODES",
            "DSN",
            $"LIMITS RCPTMAX={SmtpLimits.RecipientsMax} MAILMAX={SmtpLimits.TransactionsMax}",
        ];
        lines.Add(session.Tls is null ? "STARTTLS" : "REQUIRETLS");
        if (session.Policy.HasAuthentication && session.Tls is not null)
            lines.Add("AUTH PLAIN LOGIN");
        session.WriteLines(250, lines);
        return null;
    }

    public static async ValueTask<SmtpReply?> HeloAsync(SmtpSession session, string arguments, CancellationToken cancellationToken)
    {
        if (!IsName(arguments))
            return BadName;
        await GreetAsync(session, arguments, isExtended: false);
        return new SmtpReply(250, "", session.Policy.Hostname);
    }

    private static async ValueTask GreetAsync(SmtpSession session, string name, bool isExtended)
    {
        session.ClientName = name;
        session.IsExtended = isExtended;
        await session.ResetAsync();
    }

    /// <summary>RFC 5321 §4.1.4: a name that is not resolvable is no reason to refuse; one that could break a header is.</summary>
    private static bool IsName(string name) =>
        name.Length is > 0 and <= SmtpLimits.DomainOctetsMax && !name.Any(character => char.IsControl(character) || character is ' ' or '(' or ')' or '<' or '>');
}

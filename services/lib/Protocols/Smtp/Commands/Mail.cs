using System.Globalization;

namespace Mailstead.Protocols.Smtp.Commands;

/// <summary>MAIL FROM (RFC 5321 §4.1.1.2) with SIZE (1870), BODY (6152), SMTPUTF8 (6531), RET and ENVID (3461), REQUIRETLS (8689).</summary>
internal static class Mail
{
    private static readonly SmtpReply BadSyntax = new(501, "5.5.4", "Say MAIL FROM:<address> or MAIL FROM:<>, with parameters behind it");

    public static async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments, CancellationToken cancellationToken)
    {
        if (session.Transaction is not null || session.Chunks is not null)
            return SmtpReplies.MailAlready;
        if (!arguments.StartsWith("FROM:", StringComparison.OrdinalIgnoreCase)
            || !MailPath.TryRead(arguments.AsSpan(5).TrimStart(' '), out var address, out var rest))
            return BadSyntax;
        if (Parameters.Parse(rest) is not { } parameters)
            return BadSyntax;
        var transaction = new MailTransaction { ReturnPath = address };
        foreach (var (key, value) in parameters)
        {
            if (Apply(session, transaction, key.ToUpperInvariant(), value) is { } refusal)
                return refusal;
        }

        if (!transaction.IsSmtpUtf8 && !System.Text.Ascii.IsValid(address))
            return new SmtpReply(553, "5.6.7", "An internationalized address needs the SMTPUTF8 parameter");
        if (++session.Transactions > SmtpLimits.TransactionsMax)
            return new SmtpReply(421, "4.7.0", $"At most {SmtpLimits.TransactionsMax} messages in one connection: connect again");
        var reply = await session.Policy.MailAsync(session, transaction, cancellationToken);
        if (reply.IsPositive)
            session.Transaction = transaction;
        return reply;
    }

    private static SmtpReply? Apply(SmtpSession session, MailTransaction transaction, string key, string value)
    {
        switch (key)
        {
            case "SIZE":
                if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
                    return Bad(key);
                transaction.Size = size;
                return size > SmtpLimits.MessageOctetsMax ? SmtpReplies.TooLarge : null;
            case "BODY":
                transaction.IsEightBit = value.Equals("8BITMIME", StringComparison.OrdinalIgnoreCase);
                return transaction.IsEightBit || value.Equals("7BIT", StringComparison.OrdinalIgnoreCase) ? null : Bad(key);
            case "SMTPUTF8":
                transaction.IsSmtpUtf8 = true;
                return value.Length == 0 ? null : Bad(key);
            case "REQUIRETLS":
                transaction.RequiresTls = true;
                return session.Tls is not null && value.Length == 0 ? null : Bad(key);
            case "RET":
                transaction.DsnReturn = value.ToUpperInvariant();
                return transaction.DsnReturn is "FULL" or "HDRS" ? null : Bad(key);
            case "ENVID":
                if (value.Length > 100 || !Xtext.TryDecode(value, out var envelopeId))
                    return Bad(key);
                transaction.EnvelopeId = envelopeId;
                return null;
            case "AUTH":
                // RFC 4954 §5: taken and not trusted; who is signed in is known better.
                return null;
            default:
                return new SmtpReply(555, "5.5.4", $"MAIL knows no parameter {key}");
        }
    }

    private static SmtpReply Bad(string key) => new(501, "5.5.4", $"The value of {key} is not allowed");
}

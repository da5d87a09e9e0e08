namespace Mailstead.Protocols.Smtp.Commands;

/// <summary>RCPT TO (RFC 5321 §4.1.1.3) with NOTIFY and ORCPT (RFC 3461).</summary>
internal static class Rcpt
{
    private static readonly SmtpReply BadSyntax = new(501, "5.5.4", "Say RCPT TO:<address>, with parameters behind it");

    public static async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments, CancellationToken cancellationToken)
    {
        if (session.Transaction is not { } transaction)
            return SmtpReplies.MailFirst;
        // Who gets the message was settled when its first chunk came.
        if (session.Chunks is not null)
            return SmtpReplies.ChunksBegun;
        if (!arguments.StartsWith("TO:", StringComparison.OrdinalIgnoreCase))
            return BadSyntax;
        if (!TryReadPath(arguments.AsSpan(3).TrimStart(' '), out var address, out var rest) || address.Length == 0 || Parameters.Parse(rest) is not { } parameters)
            return BadSyntax;
        if (!transaction.IsSmtpUtf8 && !System.Text.Ascii.IsValid(address))
            return new SmtpReply(553, "5.6.7", "An internationalized address needs the SMTPUTF8 parameter of MAIL");
        if (transaction.Recipients.Count >= SmtpLimits.RecipientsMax)
            return SmtpReplies.TooManyRecipients;
        var recipient = new MailRecipient { Address = address };
        foreach (var (key, value) in parameters)
        {
            if (Apply(recipient, key.ToUpperInvariant(), value) is { } refusal)
                return refusal;
        }

        var reply = await session.Policy.RcptAsync(session, transaction, recipient, cancellationToken);
        if (reply.IsPositive)
            transaction.Recipients.Add(recipient);
        return reply;
    }

    /// <summary>RFC 5321 §4.1.1.3: postmaster needs no domain; whose that is, the policy knows.</summary>
    private static bool TryReadPath(ReadOnlySpan<char> path, out string address, out ReadOnlySpan<char> rest)
    {
        if (!path.StartsWith("<postmaster>", StringComparison.OrdinalIgnoreCase))
            return MailPath.TryRead(path, out address, out rest);
        address = MailPath.Postmaster;
        rest = path["<postmaster>".Length..];
        return rest.Length == 0 || rest[0] == ' ';
    }

    private static SmtpReply? Apply(MailRecipient recipient, string key, string value)
    {
        switch (key)
        {
            case "NOTIFY":
                return ApplyNotify(recipient, value.ToUpperInvariant().Split(','))
                    ? null
                    : new SmtpReply(501, "5.5.4", "NOTIFY is NEVER, or some of SUCCESS, FAILURE and DELAY");
            case "ORCPT":
                if (value.Length > 500 || value.IndexOf(';', StringComparison.Ordinal) <= 0 || !Xtext.TryDecode(value[(value.IndexOf(';', StringComparison.Ordinal) + 1)..], out _))
                    return new SmtpReply(501, "5.5.4", "ORCPT is a type, a semicolon and an address in xtext");
                recipient.OriginalRecipient = value;
                return null;
            default:
                return new SmtpReply(555, "5.5.4", $"RCPT knows no parameter {key}");
        }
    }

    private static bool ApplyNotify(MailRecipient recipient, string[] words)
    {
        if (words is ["NEVER"])
        {
            recipient.NotifyNever = true;
            return true;
        }

        recipient.NotifySuccess = words.Contains("SUCCESS");
        recipient.NotifyFailure = words.Contains("FAILURE");
        recipient.NotifyDelay = words.Contains("DELAY");
        return words.All(word => word is "SUCCESS" or "FAILURE" or "DELAY");
    }
}

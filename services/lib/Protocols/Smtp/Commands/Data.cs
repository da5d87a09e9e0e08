using System.Buffers;

namespace Mailstead.Protocols.Smtp.Commands;

/// <summary>DATA (RFC 5321 §4.1.1.4): content streams through as it comes.</summary>
internal static class Data
{
    public static async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments, CancellationToken cancellationToken)
    {
        if (arguments.Length > 0)
            return new SmtpReply(501, "5.5.4", "DATA takes no arguments");
        if (session.Chunks is not null)
            return new SmtpReply(503, "5.5.1", "BDAT has begun: go on with it, or say RSET");
        if (session.Transaction is not { } transaction)
            return SmtpReplies.MailFirst;
        if (transaction.Recipients.Count == 0)
            return SmtpReplies.RcptFirst;
        session.Write(new SmtpReply(354, "", "End data with <CR><LF>.<CR><LF>"));
        await using var content = session.Policy.Begin(session, transaction);
        session.Transaction = null;
        var intake = new ContentIntake(content, new ContentScanner(isDotted: true));
        while (true)
        {
            var (isOpen, buffer) = await session.ReadAsync(cancellationToken);
            if (!isOpen)
                return new SmtpReply(421, "4.4.2", "The connection ended before the message did");
            var consumed = await intake.TakeAsync(buffer, cancellationToken);
            session.Input.AdvanceTo(buffer.GetPosition(consumed));
            if (intake.Scanner.IsAtEnd)
                return await intake.FinishAsync(cancellationToken);
        }
    }
}

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
            return SmtpReplies.ChunksBegun;
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
                return session.Interruption ?? new SmtpReply(421, "4.4.2", "The connection ended before the message did");
            session.Advance(buffer, await intake.TakeAsync(buffer, cancellationToken));
            if (intake.Scanner.IsAtEnd)
                return await FinishAsync(session, intake, cancellationToken);
        }
    }

    /// <summary>Durable, or why not.</summary>
    public static async ValueTask<SmtpReply> FinishAsync(SmtpSession session, ContentIntake intake, CancellationToken cancellationToken)
    {
        var reply = await intake.FinishAsync(cancellationToken);
        if (reply.IsPositive)
            session.Forgive();
        return reply;
    }
}

using System.Buffers;
using System.Globalization;

namespace Mailstead.Protocols.Smtp.Commands;

/// <summary>BDAT (RFC 3030): so many octets follow, whatever the answer will be.</summary>
internal static class Bdat
{
    public static async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments, CancellationToken cancellationToken)
    {
        var words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isLast = words is [_, _] && words[1].Equals("LAST", StringComparison.OrdinalIgnoreCase);
        if (words.Length == 0 || (words.Length > 1 && !isLast)
            || !long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            // How many octets follow is not known, and they must not be read as commands.
            return new SmtpReply(421, "5.5.4", "Say BDAT with a length and perhaps LAST, closing connection");
        var refusal = Refuse(session);
        if (refusal is null && session.Chunks is null)
        {
            session.Chunks = new BdatContent(session.Policy.Begin(session, session.Transaction!));
        }

        if (!await ReadAsync(session, length, refusal is null ? session.Chunks : null, cancellationToken))
            return session.Interruption ?? new SmtpReply(421, "4.4.2", "The connection ended before the chunk did");
        if (refusal is not null)
            return refusal;
        return isLast ? await FinishAsync(session, cancellationToken) : new SmtpReply(250, "2.0.0", $"{length} octets received");
    }

    private static SmtpReply? Refuse(SmtpSession session)
    {
        if (session.ClientName is null)
            return SmtpReplies.HelloFirst;
        if (session.Transaction is null)
            return SmtpReplies.MailFirst;
        return session.Transaction.Recipients.Count == 0 ? SmtpReplies.RcptFirst : null;
    }

    private static async ValueTask<SmtpReply?> FinishAsync(SmtpSession session, CancellationToken cancellationToken)
    {
        var reply = await Data.FinishAsync(session, session.Chunks!.Intake, cancellationToken);
        await session.ResetAsync();
        return reply;
    }

    private static async ValueTask<bool> ReadAsync(
        SmtpSession session, long length, BdatContent? chunks, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            var (isOpen, buffer) = await session.ReadAsync(cancellationToken);
            if (!isOpen)
                return false;
            var piece = buffer.Length > length ? buffer.Slice(0, length) : buffer;
            if (chunks is not null)
                await chunks.Intake.TakeAsync(piece, cancellationToken);
            length -= piece.Length;
            session.Advance(buffer, piece.Length);
        }

        return true;
    }
}

using System.Buffers;

namespace Mailstead.Protocols.Smtp;

/// <summary>
/// Brings scanned content to its destination, within the size limit. What must be refused is still taken off the wire, so that
/// the client hears the reason at the end.
/// </summary>
internal sealed class ContentIntake(ISmtpContent content, ContentScanner scanner)
{
    private long size;
    private bool hasNul;

    public ContentScanner Scanner { get; } = scanner;

    /// <summary>The number of octets that were used up.</summary>
    public async ValueTask<long> TakeAsync(ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        long total = 0;
        foreach (var segment in buffer)
        {
            for (var rest = segment; rest.Length > 0 && !Scanner.IsAtEnd;)
            {
                Scanner.Scan(rest.Span, out var consumed, out var piece);
                size += piece.Length;
                hasNul |= rest.Span.Slice(piece.Offset, piece.Length).Contains((byte)0);
                if (piece.Length > 0 && size <= SmtpLimits.MessageOctetsMax && !Scanner.HasBareLineEnd && !hasNul)
                    await content.WriteAsync(rest.Slice(piece.Offset, piece.Length), cancellationToken);
                rest = rest[consumed..];
                total += consumed;
            }

            if (Scanner.IsAtEnd)
                break;
        }

        return total;
    }

    public ValueTask<SmtpReply> FinishAsync(CancellationToken cancellationToken)
    {
        Scanner.Finish();
        if (size > SmtpLimits.MessageOctetsMax)
            return ValueTask.FromResult(SmtpReplies.TooLarge);
        if (hasNul)
            return ValueTask.FromResult(SmtpReplies.Nul);
        return Scanner.HasBareLineEnd ? ValueTask.FromResult(SmtpReplies.BareLineEnds) : content.CompleteAsync(cancellationToken);
    }
}

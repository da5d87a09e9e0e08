using System.Text;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Delivery.Authentication;
using Mailstead.Persistence.Bodies;
using Mailstead.Protocols.Dkim;
using Mailstead.Protocols.Dmarc;
using Mailstead.Protocols.Mime;

namespace Mailstead.Delivery.Spool;

/// <summary>
/// A message's octets on their way into the body store: to every copy, to the scanner for its structure, and to what has to know them besides. The header
/// is held back until it is whole, so that fields can be taken out that claim what only we may (RFC 8601 §5).
/// </summary>
internal sealed class Intake(IReadOnlyList<BodyWriter> writers, MessageChecks? checks, string host, bool isToBeSigned) : IDisposable
{
    private static readonly byte[] EmptyLine = "\r\n"u8.ToArray();

    private readonly MimeScanner scanner = new();
    private readonly HeaderSplit split = new(MimeScanner.HeaderOctetsMax);
    private readonly DkimBodyHash? hash = isToBeSigned ? new DkimBodyHash(isRelaxed: true) : null;

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var isInBody = split.IsComplete;
        var body = data[split.Append(data.Span)..];
        if (!split.IsComplete)
            return;
        if (!isInBody)
            await WriteHeaderAsync(hasBody: true, cancellationToken);
        if (body.IsEmpty)
            return;
        checks?.AppendBody(body.Span);
        hash?.Append(body.Span);
        await WriteAsync(body, cancellationToken);
    }

    /// <summary>What was found of the structure, and the hash of the body when it is to be signed and can be.</summary>
    public async ValueTask<(MessageSummary Summary, byte[] BodyHash)> CompleteAsync(CancellationToken cancellationToken)
    {
        if (!split.IsComplete)
            await WriteHeaderAsync(hasBody: false, cancellationToken);
        return (scanner.Complete(), hash is null || split.IsTooLong ? [] : hash.Complete());
    }

    public void Dispose() => hash?.Dispose();

    private async ValueTask WriteHeaderAsync(bool hasBody, CancellationToken cancellationToken)
    {
        if (split.IsTooLong)
        {
            // Nobody reads so much of a header: it goes as it is, and is not vouched for.
            await WriteAsync(split.Header, cancellationToken);
            return;
        }

        checks?.AppendHeader(split.Header);
        await WriteAsync(checks is null ? split.Header : WithoutClaims(split.Header), cancellationToken);
        if (hasBody)
            await WriteAsync(EmptyLine, cancellationToken);
    }

    private ReadOnlyMemory<byte> WithoutClaims(ReadOnlyMemory<byte> header)
    {
        List<(int Offset, int Length)>? claims = null;
        var fields = new HeaderFields(header.Span);
        while (fields.MoveNext())
        {
            if (Ascii.EqualsIgnoreCase(fields.Name, "Authentication-Results"u8) && AuthenticationResults.IsOf(fields.RawValue, host)
                && header.Span.Overlaps(fields.Whole, out var offset))
                (claims ??= []).Add((offset, fields.Whole.Length));
        }

        if (claims is null)
            return header;
        var kept = new MemoryStream(header.Length);
        var from = 0;
        foreach (var (offset, length) in claims)
        {
            kept.Write(header.Span[from..offset]);
            from = offset + length;
        }

        kept.Write(header.Span[from..]);
        return kept.ToArray();
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        scanner.Append(octets.Span);
        foreach (var writer in writers)
            await writer.WriteAsync(octets, cancellationToken);
    }
}

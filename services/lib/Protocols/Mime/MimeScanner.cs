using Google.Protobuf;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Protocols.Mime;

/// <summary>
/// Finds the structure of a message (RFC 2045, 2046) while it streams by, in one pass and bounded memory. The result does not
/// depend on how the octets were cut into pieces. Nothing is an error: what makes no sense is text.
/// </summary>
public sealed class MimeScanner
{
    public const int HeaderOctetsMax = 64 * 1024;
    public const int InnerHeaderOctetsMax = 16 * 1024;
    public const int InnerHeadersOctetsMax = 4 * 1024 * 1024;
    /// <summary>A summary is a message of parts in parts: protobuf reads one to a depth of 100, and others wrap it.</summary>
    public const int DepthMax = 64;
    public const int PartsMax = 10_000;

    /// <summary>What is kept of an inner header when there were so many that the summary would grow with the message.</summary>
    private const int ScarceHeaderOctetsMax = 512;

    /// <summary>Enough for two hyphens, the longest boundary, two hyphens and some blanks.</summary>
    private const int LineStartMax = 512;

    private readonly MessageSummary summary = new() { Version = 1 };
    private readonly List<OpenEntity> open = [];
    private byte[] header = new byte[2048];
    private int headerLength;
    private int innerHeaderOctets;
    private readonly byte[] lineStart = new byte[LineStartMax];
    private int lineStartLength;
    private long lineOffset;
    private long position;
    private long lines;
    private int lastLineEnd;
    private int parts;
    private int boundaries;
    private bool isInHeader;
    private bool isHeaderCut;
    private bool opensPart;
    private int headerBeforeLine;
    private byte lastOctet;

    public MimeScanner() => Begin(new MimePart { HeaderOffset = 0 });

    public void Append(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            // Below the last boundary there is nothing to find but line ends.
            if (!isInHeader && boundaries == 0)
            {
                lines += data.Count((byte)'\n');
                position += data.Length;
                return;
            }

            var end = data.IndexOf((byte)'\n');
            var piece = end < 0 ? data : data[..(end + 1)];
            Keep(piece);
            position += piece.Length;
            data = data[piece.Length..];
            if (end >= 0)
                EndLine(piece);
            lastOctet = piece[^1];
        }
    }

    /// <summary>What was found; the scanner is spent.</summary>
    public MessageSummary Complete()
    {
        if (lineStartLength > 0 && boundaries > 0)
            TryBoundary(lineStart.AsSpan(0, lineStartLength));
        while (isInHeader)
            EndHeader(position);
        while (open.Count > 0)
            Close(position, lines);
        summary.Size = position;
        return summary;
    }

    private OpenEntity Innermost => open[^1];

    /// <summary>Keeps a header's octets, up to its limit, and the start of every line, which may be a boundary.</summary>
    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (lineStartLength == 0)
            headerBeforeLine = headerLength;
        var kept = piece[..Math.Min(piece.Length, LineStartMax - lineStartLength)];
        kept.CopyTo(lineStart.AsSpan(lineStartLength));
        lineStartLength += kept.Length;
        if (!isInHeader)
            return;
        var limit = open.Count == 1 ? HeaderOctetsMax
            : innerHeaderOctets > InnerHeadersOctetsMax ? ScarceHeaderOctetsMax : InnerHeaderOctetsMax;
        var taken = Math.Min(piece.Length, limit - headerLength);
        isHeaderCut |= taken < piece.Length;
        if (headerLength + taken > header.Length)
            Array.Resize(ref header, Math.Max(header.Length * 2, headerLength + taken));
        piece[..taken].CopyTo(header.AsSpan(headerLength));
        headerLength += taken;
    }

    private void EndLine(ReadOnlySpan<byte> lastPiece)
    {
        var line = lineStart.AsSpan(0, lineStartLength);
        var endsWithReturn = lastPiece.Length > 1 ? lastPiece[^2] == '\r' : lastOctet == '\r';
        var isEmpty = position - lineOffset == (endsWithReturn ? 2 : 1);
        var isBoundary = boundaries > 0 && line.StartsWith("--"u8) && TryBoundary(line);
        lines++;
        lastLineEnd = endsWithReturn ? 2 : 1;
        lineStartLength = 0;
        lineOffset = position;
        if (isBoundary)
            StartAfterBoundary();
        else if (Innermost.IsReport && !isInHeader)
            ReportOutcome.Read(line, Innermost.Part);
        else if (isInHeader && isEmpty)
            EndHeader(position);
    }

    /// <summary>Is this line a boundary of an open multipart? Then everything inside that multipart ends before it.</summary>
    private bool TryBoundary(ReadOnlySpan<byte> line)
    {
        for (var level = open.Count - 1; level >= 0; level--)
        {
            if (open[level].Boundary is not { } boundary || !Matches(line, boundary, out var isLast))
                continue;
            if (isInHeader)
                headerLength = headerBeforeLine;
            while (isInHeader)
                EndHeader(lineOffset);
            // RFC 2046 §5.1.1: the line end before a boundary is part of the boundary.
            while (open.Count - 1 > level)
                Close(lineOffset - lastLineEnd, lines - 1);
            if (isLast)
            {
                open[level].Boundary = null;
                boundaries--;
            }

            opensPart = !isLast;
            return true;
        }

        return false;
    }

    private void StartAfterBoundary()
    {
        if (opensPart && parts < PartsMax && open.Count < DepthMax)
            Begin(new MimePart { HeaderOffset = position });
    }

    private static bool Matches(ReadOnlySpan<byte> line, byte[] boundary, out bool isLast)
    {
        isLast = false;
        if (line.Length < 2 || !line.StartsWith("--"u8) || !line[2..].StartsWith(boundary))
            return false;
        var rest = line[(2 + boundary.Length)..];
        if (rest.StartsWith("--"u8))
        {
            isLast = true;
            rest = rest[2..];
        }

        return rest.IndexOfAnyExcept(" \t\r\n"u8) < 0;
    }

    private void Begin(MimePart part)
    {
        parts++;
        if (open.Count > 0)
            Innermost.Part.Children.Add(part);
        else
            summary.Root = part;
        open.Add(new OpenEntity(part, lines));
        headerLength = 0;
        headerBeforeLine = 0;
        isHeaderCut = false;
        isInHeader = true;
    }

    private void EndHeader(long bodyOffset)
    {
        isInHeader = false;
        var entity = Innermost;
        var octets = header.AsSpan(0, headerLength);
        var parent = open.Count > 1 ? open[^2] : null;
        if (parent is not null)
            innerHeaderOctets += headerLength;
        entity.Part.BodyOffset = bodyOffset;
        entity.LinesAtBody = lines;
        entity.Boundary = EntityHeader.Read(octets, entity.Part, parent is { IsDigest: true });
        if (entity.Boundary is not null)
            boundaries++;
        if (parent is null)
        {
            summary.Header = ByteString.CopyFrom(octets);
            summary.HeaderTruncated = isHeaderCut;
        }
        else if (parent.Part.Type == "message")
        {
            entity.Part.Header = ByteString.CopyFrom(octets);
        }

        if (HoldsMessage(entity.Part) && parts < PartsMax && open.Count < DepthMax)
            Begin(new MimePart { HeaderOffset = bodyOffset });
    }

    /// <summary>RFC 2046 §5.2.1: a message inside may only be encoded as it is.</summary>
    private static bool HoldsMessage(MimePart part) =>
        part.Type == "message" && part.Subtype is "rfc822" or "global" && part.Encoding is "7bit" or "8bit" or "binary";

    private void Close(long end, long linesBeforeEnd)
    {
        var entity = Innermost;
        if (entity.Boundary is not null)
            boundaries--;
        var inside = entity.Part.Children.Count > 0 ? entity.Part.Children[^1].EndOffset : entity.Part.BodyOffset;
        entity.Part.EndOffset = Math.Max(end, inside);
        entity.Part.Lines = Math.Max(0, linesBeforeEnd - entity.LinesAtBody);
        open.RemoveAt(open.Count - 1);
    }
}

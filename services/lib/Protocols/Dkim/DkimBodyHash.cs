using System.Security.Cryptography;

namespace Mailstead.Protocols.Dkim;

/// <summary>
/// SHA-256 of a body that streams by, in canonical form (RFC 6376 §3.4.3, §3.4.4): empty lines at its end count for nothing, and relaxed, blanks at the
/// ends of lines don't either and others count as one.
/// </summary>
/// <param name="isRelaxed">Otherwise simple.</param>
/// <param name="lengthMax">The octets of the canonical form that count (the tag l=); null: all.</param>
public sealed class DkimBodyHash(bool isRelaxed, long? lengthMax = null) : IDisposable
{
    private const int BufferOctets = 4096;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] buffer = new byte[BufferOctets];
    private int filled;
    private long emptyLines;
    private bool isInLine;
    private bool isBlankDue;
    private bool isReturnDue;

    /// <summary>Octets of the canonical form so far, those behind the limit included.</summary>
    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> body)
    {
        if (isRelaxed)
            AppendRelaxed(body);
        else
            AppendSimple(body);
    }

    /// <summary>The hash; the object is spent.</summary>
    public byte[] Complete()
    {
        // A CR that no LF follows is content like any other.
        if (isReturnDue)
            Content("\r"u8);
        if (isInLine)
            Put("\r\n"u8);
        // §3.4.3: of an empty body, simple makes one line end; relaxed makes nothing.
        if (!isRelaxed && Length == 0)
            Put("\r\n"u8);
        Flush();
        return hash.GetHashAndReset();
    }

    public void Dispose() => hash.Dispose();

    private void AppendSimple(ReadOnlySpan<byte> body)
    {
        while (body.Length > 0)
        {
            if (!isReturnDue)
            {
                var end = body.IndexOf((byte)'\r');
                var content = end < 0 ? body : body[..end];
                if (content.Length > 0)
                    Content(content);

                if (end < 0)
                    return;
                isReturnDue = true;
                body = body[(end + 1)..];
                continue;
            }

            isReturnDue = false;
            if (body[0] == '\n')
            {
                EndLine();
                body = body[1..];
                continue;
            }

            Content("\r"u8);
        }
    }

    private void AppendRelaxed(ReadOnlySpan<byte> body)
    {
        while (body.Length > 0)
        {
            if (isReturnDue)
            {
                isReturnDue = false;
                if (body[0] == '\n')
                {
                    isBlankDue = false;
                    EndLine();
                    body = body[1..];
                    continue;
                }

                Content("\r"u8);
            }

            var end = body.IndexOfAny((byte)' ', (byte)'\t', (byte)'\r');
            if (end != 0)
                Content(end < 0 ? body : body[..end]);
            if (end < 0)
                return;
            isReturnDue = body[end] == '\r';
            isBlankDue |= !isReturnDue;
            body = body[(end + 1)..];
        }
    }

    private void Content(ReadOnlySpan<byte> octets)
    {
        EmptyLines();
        if (isBlankDue)
            Put(" "u8);
        isBlankDue = false;
        isInLine = true;
        Put(octets);
    }

    private void EndLine()
    {
        if (isInLine)
            Put("\r\n"u8);
        else
            emptyLines++;
        isInLine = false;
    }

    private void EmptyLines()
    {
        for (; emptyLines > 0; emptyLines--)
            Put("\r\n"u8);
    }

    private void Put(ReadOnlySpan<byte> octets)
    {
        var counted = lengthMax is { } max ? (int)Math.Clamp(max - Length, 0, octets.Length) : octets.Length;
        Length += octets.Length;
        octets = octets[..counted];
        if (octets.Length > buffer.Length - filled)
            Flush();
        if (octets.Length > buffer.Length)
        {
            hash.AppendData(octets);
            return;
        }

        octets.CopyTo(buffer.AsSpan(filled));
        filled += octets.Length;
    }

    private void Flush()
    {
        hash.AppendData(buffer.AsSpan(0, filled));
        filled = 0;
    }
}

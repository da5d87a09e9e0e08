namespace Mailstead.Protocols.Mime;

/// <summary>Parts a message that streams by at the empty line behind its header. The result does not depend on how the octets were cut into pieces.</summary>
public sealed class HeaderSplit(int octetsMax)
{
    private byte[] header = new byte[2048];
    private int length;
    private int scanned;

    /// <summary>The header with its last line end, without the empty line; all that came while <see cref="IsComplete"/> is false.</summary>
    public ReadOnlyMemory<byte> Header => header.AsMemory(0, length);

    /// <summary>The empty line has come, or more octets than a header may have.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The header has more octets than were wanted: what there is of it is its beginning.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Gives where in <paramref name="data"/> the body begins or goes on; its length while the header goes on.</summary>
    public int Append(ReadOnlySpan<byte> data)
    {
        if (IsComplete)
            return 0;
        var before = length;
        var taken = Math.Min(data.Length, octetsMax - length);
        if (length + taken > header.Length)
            Array.Resize(ref header, Math.Min(octetsMax, Math.Max(header.Length * 2, length + taken)));
        data[..taken].CopyTo(header.AsSpan(length));
        length += taken;
        if (Find() is { } end)
        {
            // What follows the empty line began somewhere in this piece.
            var bodyAt = end.Body - before;
            length = end.Header;
            IsComplete = true;
            return bodyAt;
        }

        IsComplete = IsTooLong = taken < data.Length;
        return taken;
    }

    private (int Header, int Body)? Find()
    {
        var text = header.AsSpan(0, length);
        if (text.StartsWith("\r\n"u8))
            return (0, 2);
        var at = text[scanned..].IndexOf("\r\n\r\n"u8);
        if (at < 0)
        {
            scanned = Math.Max(0, length - 3);
            return null;
        }

        return (scanned + at + 2, scanned + at + 4);
    }
}

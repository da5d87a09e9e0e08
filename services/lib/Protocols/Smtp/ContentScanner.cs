namespace Mailstead.Protocols.Smtp;

/// <summary>
/// Finds the end of DATA and undoes dot stuffing (RFC 5321 §4.5.2) while content streams by.
/// <list type="number">
/// <item>Only CRLF.CRLF ends the message, or .CRLF at its very start: never a bare CR or LF in any combination.</item>
/// <item>A bare CR or LF anywhere is remembered: such a message is refused whole, so that nobody behind us can read its lines
/// differently.</item>
/// </list>
/// </summary>
internal sealed class ContentScanner(bool isDotted)
{
    private State state = isDotted ? State.LineStart : State.Line;

    private enum State
    {
        LineStart,
        Line,
        AfterReturn,
        AfterDot,
        AfterDotReturn,
    }

    public bool HasBareLineEnd { get; private set; }

    public bool IsAtEnd { get; private set; }

    /// <summary>
    /// Scans from <paramref name="data"/>: <paramref name="consumed"/> octets were looked at, <paramref name="content"/> of them
    /// (offset, length) are content. Called until all is consumed or <see cref="IsAtEnd"/>.
    /// </summary>
    public void Scan(ReadOnlySpan<byte> data, out int consumed, out (int Offset, int Length) content)
    {
        var i = 0;
        while (i < data.Length)
        {
            switch (state)
            {
                case State.Line:
                    i = ScanLine(data, i);
                    break;
                case State.AfterReturn:
                    i = AfterReturn(data, i);
                    break;
                case State.LineStart when data[i] == '.':
                    // The dot is no content: what came before it is handed out first.
                    state = State.AfterDot;
                    (consumed, content) = (i + 1, (0, i));
                    return;
                case State.LineStart:
                    state = State.Line;
                    break;
                case State.AfterDot when data[i] == '\r':
                    state = State.AfterDotReturn;
                    (consumed, content) = (i + 1, (0, i));
                    return;
                case State.AfterDot:
                    state = State.Line;
                    break;
                case State.AfterDotReturn when data[i] == '\n':
                    IsAtEnd = true;
                    (consumed, content) = (i + 1, (0, i));
                    return;
                default:
                    HasBareLineEnd = true;
                    state = State.Line;
                    break;
            }
        }

        (consumed, content) = (i, (0, i));
    }

    /// <summary>The content ends here (BDAT): a CR at its end is a bare one.</summary>
    public void Finish() => HasBareLineEnd |= !IsAtEnd && state is (State.AfterReturn or State.AfterDotReturn);

    private int ScanLine(ReadOnlySpan<byte> data, int i)
    {
        var at = data[i..].IndexOfAny((byte)'\r', (byte)'\n');
        if (at < 0)
            return data.Length;
        if (data[i + at] == '\n')
            HasBareLineEnd = true;
        else
            state = State.AfterReturn;
        return i + at + 1;
    }

    private int AfterReturn(ReadOnlySpan<byte> data, int i)
    {
        if (data[i] == '\n')
        {
            state = isDotted ? State.LineStart : State.Line;
            return i + 1;
        }

        HasBareLineEnd = true;
        if (data[i] == '\r')
            return i + 1;
        state = State.Line;
        return i;
    }
}

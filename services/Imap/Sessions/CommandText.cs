using System.Buffers;
using System.Globalization;
using System.Text;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Sessions;

/// <summary>How reading a command ended.</summary>
internal enum CommandReading
{
    Complete,

    /// <summary>The line ends with the literal of an APPEND: its octets come next and are the command's to read.</summary>
    AppendLiteral,
    TooLong,
    Closed,
}

/// <summary>
/// One command with its literals. Literals are asked for, or taken as they come (RFC 7888), within limits; that of APPEND is left in
/// the pipe.
/// </summary>
internal sealed class CommandText
{
    private readonly List<byte> text = [];

    public ReadOnlyMemory<byte> Octets => text.ToArray();

    /// <summary>Announced by APPEND.</summary>
    public long LiteralLength { get; private set; }

    public bool IsLiteralWaiting { get; private set; }

    /// <summary>It may have NUL octets in it (RFC 3516 §4.4).</summary>
    public bool IsLiteral8 { get; private set; }

    public async ValueTask<CommandReading> ReadAsync(ImapSession session, Func<CancellationToken, ValueTask> beforeWait, CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await ReadLineAsync(session, beforeWait, cancellationToken);
            if (line is null)
                return session.IsOver ? CommandReading.TooLong : CommandReading.Closed;
            if (text.Count + line.Length > ImapLimits.CommandOctetsMax)
                return CommandReading.TooLong;
            text.AddRange(line);
            if (!TryLiteral(line, out var length, out var isSynchronizing))
                return CommandReading.Complete;
            if (session.Principal is not null && IsAppend())
            {
                (LiteralLength, IsLiteralWaiting) = (length, isSynchronizing);
                IsLiteral8 = line.AsSpan(0, line.AsSpan().LastIndexOf((byte)'{')).EndsWith("~"u8);
                return CommandReading.AppendLiteral;
            }

            text.AddRange("\r\n"u8);
            if (length > ImapLimits.LiteralOctetsMax || text.Count + length > ImapLimits.CommandOctetsMax)
                return CommandReading.TooLong;
            if (isSynchronizing)
                session.Output.Text("+ Go on\r\n");
            if (!await ReadLiteralAsync(session, (int)length, beforeWait, cancellationToken))
                return CommandReading.Closed;
        }
    }

    /// <summary>Null: the connection is over, or is to end. A line that is too long ends it.</summary>
    public static async ValueTask<byte[]?> ReadLineAsync(
        ImapSession session, Func<CancellationToken, ValueTask> beforeWait, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!session.Input.TryRead(out var result))
            {
                await beforeWait(cancellationToken);
                result = await session.Input.ReadAsync(cancellationToken);
            }

            if (result.IsCanceled && session.Farewell is not null)
                return null;
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end && buffer.GetOffset(end) - buffer.GetOffset(buffer.Start) <= ImapLimits.LineOctetsMax)
            {
                var line = buffer.Slice(0, end).ToArray();
                session.Input.AdvanceTo(buffer.GetPosition(1, end));
                return line is [.., (byte)'\r'] ? line[..^1] : line;
            }

            session.Input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || buffer.Length > ImapLimits.LineOctetsMax)
            {
                session.IsOver |= buffer.Length > ImapLimits.LineOctetsMax;
                return null;
            }
        }
    }

    private async ValueTask<bool> ReadLiteralAsync(
        ImapSession session, int length, Func<CancellationToken, ValueTask> beforeWait, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            if (!session.Input.TryRead(out var result))
            {
                await beforeWait(cancellationToken);
                result = await session.Input.ReadAsync(cancellationToken);
            }

            if (result.IsCanceled && session.Farewell is not null)
                return false;
            var piece = result.Buffer.Length > length ? result.Buffer.Slice(0, length) : result.Buffer;
            text.AddRange(piece.ToArray());
            length -= (int)piece.Length;
            var isOver = result.IsCompleted && piece.IsEmpty;
            session.Input.AdvanceTo(piece.End);
            if (isOver)
                return false;
        }

        return true;
    }

    /// <summary>The line ends with <c>{n}</c>, <c>{n+}</c> or, for literal8, <c>~{n}</c>.</summary>
    private static bool TryLiteral(byte[] line, out long length, out bool isSynchronizing)
    {
        (length, isSynchronizing) = (0, true);
        if (line is not [.., (byte)'}'])
            return false;
        var open = line.AsSpan().LastIndexOf((byte)'{');
        if (open < 0)
            return false;
        var inside = Encoding.ASCII.GetString(line.AsSpan(open + 1, line.Length - open - 2));
        isSynchronizing = !inside.EndsWith('+');
        var digits = isSynchronizing ? inside : inside[..^1];
        if (digits.Length == 0 || !digits.All(char.IsAsciiDigit))
            return false;
        // More digits than a number can hold are a literal all the same: one that is too long.
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out length))
            length = long.MaxValue;
        return true;
    }

    private bool IsAppend()
    {
        var start = text.IndexOf((byte)' ') + 1;
        return start > 0 && text.Count > start + 7
            && Encoding.ASCII.GetString([.. text[start..(start + 7)]]).Equals("APPEND ", StringComparison.OrdinalIgnoreCase)
            // A literal directly behind APPEND is the mailbox's name.
            && text.FindIndex(start + 7, octet => octet == ' ') >= 0;
    }
}

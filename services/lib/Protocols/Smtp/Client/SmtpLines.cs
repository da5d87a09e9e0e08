using System.Globalization;
using System.Text;

namespace Mailstead.Protocols.Smtp.Client;

/// <summary>Reads a server's replies, however they are cut, within bounds that no honest server reaches.</summary>
internal sealed class SmtpLines(Stream stream)
{
    private const int LineOctetsMax = 2048;
    private const int LinesMax = 200;
    private const int TextMax = 4096;

    private readonly byte[] buffer = new byte[4096];
    private int start;
    private int end;

    /// <summary>All lines of one reply.</summary>
    /// <exception cref="SmtpProtocolException">It is no reply, is endless, or the server has closed.</exception>
    public async Task<IReadOnlyList<string>> ReadAsync(CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (lines.Count < LinesMax)
        {
            var line = await ReadLineAsync(cancellationToken);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                throw new SmtpProtocolException("The server answered with something that is no SMTP reply");
            lines.Add(line);
            if (line.Length == 3 || line[3] == ' ')
                return lines;
        }

        throw new SmtpProtocolException("The server's reply does not end");
    }

    public static SmtpReply ToReply(IReadOnlyList<string> lines)
    {
        var code = int.Parse(lines[0].AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        var text = string.Join(' ', lines.Select(line => line.Length > 4 ? line[4..] : ""));
        var first = text.Split(' ', 2);
        var hasEnhanced = first[0].Split('.') is [['2' or '4' or '5'], { Length: > 0 } subject, { Length: > 0 } detail]
            && subject.All(char.IsAsciiDigit) && detail.All(char.IsAsciiDigit);
        if (text.Length > TextMax)
            text = text[..TextMax];
        return hasEnhanced
            ? new SmtpReply(code, first[0], first.Length > 1 ? first[1] : "")
            : new SmtpReply(code, "", text);
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (true)
        {
            if (start == end)
            {
                start = 0;
                end = await stream.ReadAsync(buffer, cancellationToken);
                if (end == 0)
                    throw new SmtpProtocolException("The server closed the connection");
            }

            var octet = buffer[start++];
            if (octet == '\n')
                return Clean(line);
            if (line.Count >= LineOctetsMax)
                throw new SmtpProtocolException("The server's reply has an endless line");
            line.Add(octet);
        }
    }

    /// <summary>What a stranger says ends up in reports: no control characters.</summary>
    private static string Clean(List<byte> line)
    {
        var text = Encoding.UTF8.GetString(line.ToArray()).TrimEnd('\r');
        return text.Any(char.IsControl) ? new string([.. text.Select(character => char.IsControl(character) ? '?' : character)]) : text;
    }
}

/// <summary>The other side does not speak SMTP, or has stopped to.</summary>
public sealed class SmtpProtocolException(string message) : IOException(message);

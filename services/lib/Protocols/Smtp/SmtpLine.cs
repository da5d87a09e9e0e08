using System.Buffers;
using System.Text;

namespace Mailstead.Protocols.Smtp;

/// <summary>A command line without its end, or why it is none.</summary>
internal sealed record SmtpLine(string Text, SmtpReply? Refusal)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="line">Up to and with its LF.</param>
    public static SmtpLine Read(ReadOnlySequence<byte> line)
    {
        var octets = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
        if (octets.Length < 2 || octets[^2] != '\r' || octets[..^2].IndexOfAny((byte)'\r', (byte)0) >= 0)
            return new SmtpLine("", SmtpReplies.BadLineEnd);
        try
        {
            return new SmtpLine(Strict.GetString(octets[..^2]), null);
        }
        catch (DecoderFallbackException)
        {
            return new SmtpLine("", SmtpReplies.BadText);
        }
    }
}

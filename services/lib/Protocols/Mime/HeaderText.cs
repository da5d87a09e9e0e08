using System.Buffers.Text;
using System.Text;

namespace Mailstead.Protocols.Mime;

/// <summary>Unstructured header values as people read them: unfolded, encoded words (RFC 2047) decoded.</summary>
public static class HeaderText
{
    private const int EncodedWordMax = 998;

    public static string Decode(ReadOnlySpan<byte> rawValue)
    {
        var value = Unfold(rawValue);
        return value.IndexOf("=?"u8) < 0 ? Charsets.DecodeUndeclared(value) : DecodeWords(value);
    }

    /// <summary>Line ends removed, outer blanks trimmed (RFC 5322 §2.2.3).</summary>
    public static ReadOnlySpan<byte> Unfold(ReadOnlySpan<byte> rawValue)
    {
        var trimmed = rawValue.Trim(" \t\r\n"u8);
        if (trimmed.IndexOfAny((byte)'\r', (byte)'\n') < 0)
            return trimmed;
        var unfolded = new byte[trimmed.Length];
        var length = 0;
        foreach (var octet in trimmed)
        {
            if (octet is not ((byte)'\r' or (byte)'\n'))
                unfolded[length++] = octet;
        }

        return unfolded.AsSpan(0, length);
    }

    private static string DecodeWords(ReadOnlySpan<byte> value)
    {
        var text = new StringBuilder(value.Length);
        var pendingBlanks = 0;
        var lastWasWord = false;
        while (value.Length > 0)
        {
            if (value.StartsWith("=?"u8) && TryDecodeWord(value, out var word, out var length))
            {
                // RFC 2047 §6.2: blanks between two encoded words are not shown.
                if (!lastWasWord)
                    text.Append(' ', pendingBlanks);
                text.Append(word);
                (pendingBlanks, lastWasWord) = (0, true);
                value = value[length..];
                continue;
            }

            if (value[0] is (byte)' ' or (byte)'\t')
            {
                pendingBlanks++;
                value = value[1..];
                continue;
            }

            text.Append(' ', pendingBlanks);
            (pendingBlanks, lastWasWord) = (0, false);
            var end = value[1..].IndexOfAny(" \t="u8);
            var plain = end < 0 ? value : value[..(end + 1)];
            text.Append(Charsets.DecodeUndeclared(plain));
            value = value[plain.Length..];
        }

        return text.ToString();
    }

    /// <summary><c>=?charset?B|Q?text?=</c></summary>
    private static bool TryDecodeWord(ReadOnlySpan<byte> value, out string word, out int length)
    {
        (word, length) = ("", 0);
        var window = value[..Math.Min(value.Length, EncodedWordMax)];
        var charsetEnd = window[2..].IndexOf((byte)'?') + 2;
        if (charsetEnd < 3 || charsetEnd + 2 >= window.Length || window[charsetEnd + 2] != '?')
            return false;
        var textStart = charsetEnd + 3;
        var textLength = window[textStart..].IndexOf("?="u8);
        if (textLength < 0 || window.Slice(textStart, textLength).IndexOfAny((byte)' ', (byte)'\t') >= 0)
            return false;
        var charset = Encoding.ASCII.GetString(window[2..charsetEnd]).Split('*')[0];
        var text = window.Slice(textStart, textLength);
        var octets = (char)(window[charsetEnd + 1] | 0x20) switch
        {
            'b' => DecodeBase64(text),
            'q' => DecodeQ(text),
            _ => null,
        };
        if (octets is null)
            return false;
        word = Charsets.Find(charset).GetString(octets);
        length = textStart + textLength + 2;
        return true;
    }

    private static byte[]? DecodeBase64(ReadOnlySpan<byte> text)
    {
        var padded = new byte[(text.Length + 3) / 4 * 4];
        padded.AsSpan().Fill((byte)'=');
        text.CopyTo(padded);
        return Base64.DecodeFromUtf8InPlace(padded, out var written) == System.Buffers.OperationStatus.Done
            ? padded[..written]
            : null;
    }

    private static byte[] DecodeQ(ReadOnlySpan<byte> text)
    {
        var octets = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=' && i + 2 < text.Length && Hex.TryParse(text[i + 1], text[i + 2], out var octet))
            {
                octets[length++] = octet;
                i += 2;
                continue;
            }

            octets[length++] = text[i] == '_' ? (byte)' ' : text[i];
        }

        return octets[..length];
    }
}

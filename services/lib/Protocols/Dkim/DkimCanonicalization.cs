using System.Buffers;

namespace Mailstead.Protocols.Dkim;

/// <summary>How a header field is brought to the form that is hashed (RFC 6376 §3.4.1, §3.4.2).</summary>
internal static class DkimCanonicalization
{
    /// <param name="field">The whole field, its line ends included.</param>
    /// <param name="withLineEnd">False for the signature's own field, the last of all (§3.7).</param>
    public static void AppendField(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> field, bool isRelaxed, bool withLineEnd)
    {
        field = field.TrimEnd("\r\n"u8);
        if (isRelaxed)
            AppendRelaxed(to, field);
        else
            to.Write(field);
        if (withLineEnd)
            to.Write("\r\n"u8);
    }

    private static void AppendRelaxed(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> field)
    {
        var colon = field.IndexOf((byte)':');
        foreach (var octet in field[..colon].TrimEnd(" \t\r\n"u8))
            to.Write([octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet]);
        to.Write(":"u8);
        var isBlankDue = false;
        foreach (var octet in field[(colon + 1)..].Trim(" \t\r\n"u8))
        {
            if (octet is (byte)'\r' or (byte)'\n')
                continue;
            if (octet is (byte)' ' or (byte)'\t')
            {
                isBlankDue = true;
                continue;
            }

            if (isBlankDue)
                to.Write(" "u8);
            isBlankDue = false;
            to.Write([octet]);
        }
    }
}

using System.Text;

namespace Mailstead.Protocols.Mime;

/// <summary>The character sets that mail comes in.</summary>
public static class Charsets
{
    static Charsets() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>What to read octets of this charset with; unknown and broken names read as UTF-8, then Windows-1252.</summary>
    public static Encoding Find(string name)
    {
        if (name.Length is 0 or > 64 || IsAscii(name))
            return Encoding.UTF8;
        try
        {
            return Encoding.GetEncoding(name.Equals("gb2312", StringComparison.OrdinalIgnoreCase) ? "gb18030" : name);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }

    /// <summary>Octets without a declared charset: UTF-8 when they are, else Windows-1252, which accepts anything.</summary>
    public static string DecodeUndeclared(ReadOnlySpan<byte> octets)
    {
        if (System.Text.Unicode.Utf8.IsValid(octets))
            return Encoding.UTF8.GetString(octets);
        return Encoding.GetEncoding(1252).GetString(octets);
    }

    private static bool IsAscii(string name) => name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase);
}

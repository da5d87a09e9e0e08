using System.Text;

namespace Mailstead.Protocols.Sasl;

/// <summary>Reads what clients send for PLAIN (RFC 4616) and LOGIN.</summary>
public static class SaslPlain
{
    private const int PartMax = 1024;

    /// <summary><c>[authzid] NUL authcid NUL password</c>. Acting for somebody else is not offered: authzid must be empty or the same.</summary>
    public static bool TryDecode(string base64, out string login, out string password)
    {
        (login, password) = ("", "");
        if (!TryDecodeText(base64, out var text))
            return false;
        var parts = text.Split('\0');
        if (parts.Length != 3 || parts[1].Length == 0 || (parts[0].Length > 0 && parts[0] != parts[1]))
            return false;
        (login, password) = (parts[1], parts[2]);
        return parts.All(part => part.Length <= PartMax);
    }

    /// <summary>One base64 line of LOGIN.</summary>
    public static bool TryDecodeText(string base64, out string text)
    {
        text = "";
        if (base64.Length > 8192)
            return false;
        var octets = new byte[(base64.Length * 3 / 4) + 3];
        if (!Convert.TryFromBase64String(base64, octets, out var count) || !System.Text.Unicode.Utf8.IsValid(octets.AsSpan(0, count)))
            return false;
        text = Encoding.UTF8.GetString(octets, 0, count);
        return true;
    }
}

using System.Text;

namespace Mailstead.Protocols.Imap;

/// <summary>Mailbox names of IMAP4rev1 (RFC 3501 §5.1.3): printable ASCII, the rest as base64 of UTF-16 between &amp; and -.</summary>
public static class ModifiedUtf7
{
    public static string Encode(string name)
    {
        var encoded = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length;)
        {
            if (name[i] is >= ' ' and <= '~')
            {
                encoded.Append(name[i] == '&' ? "&-" : name[i].ToString());
                i++;
                continue;
            }

            var start = i;
            while (i < name.Length && name[i] is not (>= ' ' and <= '~'))
                i++;
            var octets = Encoding.BigEndianUnicode.GetBytes(name[start..i]);
            encoded.Append('&').Append(Convert.ToBase64String(octets).TrimEnd('=').Replace('/', ',')).Append('-');
        }

        return encoded.ToString();
    }

    /// <summary>False: no such name.</summary>
    public static bool TryDecode(string encoded, out string name)
    {
        name = "";
        var decoded = new StringBuilder(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '&')
            {
                if (encoded[i] is not (>= ' ' and <= '~'))
                    return false;
                decoded.Append(encoded[i]);
                continue;
            }

            var end = encoded.IndexOf('-', i);
            if (end < 0 || !TryDecodeShift(encoded[(i + 1)..end], decoded))
                return false;
            i = end;
        }

        // One name has one spelling: otherwise a separator could hide in base64, two names be one, or half a character stand alone.
        name = decoded.ToString();
        return Encode(name) == encoded;
    }

    private static bool TryDecodeShift(string shifted, StringBuilder decoded)
    {
        if (shifted.Length == 0)
        {
            decoded.Append('&');
            return true;
        }

        var base64 = shifted.Replace(',', '/').PadRight((shifted.Length + 3) / 4 * 4, '=');
        var octets = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, octets, out var count) || count % 2 != 0)
            return false;
        decoded.Append(Encoding.BigEndianUnicode.GetString(octets, 0, count));
        return true;
    }
}

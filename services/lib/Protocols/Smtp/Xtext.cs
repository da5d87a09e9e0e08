using System.Text;

namespace Mailstead.Protocols.Smtp;

/// <summary>RFC 3461 §4: printable ASCII with <c>+XX</c> for the rest.</summary>
public static class Xtext
{
    public static string Encode(string value)
    {
        var encoded = new StringBuilder(value.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(value))
        {
            if (octet is > 32 and < 127 and not ((byte)'+' or (byte)'='))
                encoded.Append((char)octet);
            else
                encoded.Append('+').Append(octet.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }

    /// <summary>False: no xtext.</summary>
    public static bool TryDecode(string encoded, out string value)
    {
        value = "";
        var octets = new List<byte>(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] is < '!' or > '~' or '=')
                return false;
            if (encoded[i] != '+')
            {
                octets.Add((byte)encoded[i]);
                continue;
            }

            if (i + 2 >= encoded.Length || !Mime.Hex.TryParse((byte)encoded[i + 1], (byte)encoded[i + 2], out var octet) || octet is 13 or 10 or 0)
                return false;
            octets.Add(octet);
            i += 2;
        }

        value = Encoding.UTF8.GetString(octets.ToArray());
        return true;
    }
}

using System.Net;

namespace Mailstead.Policies;

/// <summary>Networks in CIDR form (RFC 4632, RFC 4291 §2.3). Bits behind the prefix are passed over: 10.1.2.3/8 is 10.0.0.0/8.</summary>
public static class Cidr
{
    public static bool TryParse(string text, out IPNetwork network)
    {
        network = default;
        if (text.Split('/') is not [var head, var tail] || !IPAddress.TryParse(head, out var address) || head.Contains('%', StringComparison.Ordinal)
            || !int.TryParse(tail, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var length))
            return false;
        var octets = address.GetAddressBytes();
        // IPAddress.Parse takes 10.1 for 10.0.0.1, and nobody who writes a rule means that.
        if (length > octets.Length * 8 || (octets.Length == 4 && head.Count(character => character == '.') != 3))
            return false;
        for (var bit = length; bit < octets.Length * 8; bit++)
            octets[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        network = new IPNetwork(new IPAddress(octets), length);
        return true;
    }
}

namespace Mailstead.Protocols.Mime;

/// <summary>Pairs of hexadecimal digits, either case.</summary>
internal static class Hex
{
    public static bool TryParse(byte high, byte low, out byte octet)
    {
        var (upper, lower) = (Digit(high), Digit(low));
        octet = (byte)((upper << 4) | lower);
        return upper <= 15 && lower <= 15;
    }

    private static int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        _ => 255,
    };
}

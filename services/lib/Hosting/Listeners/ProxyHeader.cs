using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mailstead.Hosting.Listeners;

/// <summary>The header of the PROXY protocol, versions 1 (a line) and 2 (binary), as HAProxy's specification has it.</summary>
internal static class ProxyHeader
{
    /// <summary>Version 2 may carry anything behind its addresses; what load balancers send is far below this.</summary>
    public const int OctetsMax = 4096;

    private const int LineOctetsMax = 107;
    private const int FixedOctets = 16;
    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>
    /// <see cref="ProxyHeaderState.Complete"/>: the first <paramref name="length"/> octets are the header.
    /// <paramref name="client"/> is null when the proxy speaks for itself or doesn't know: the connection's own address holds.
    /// </summary>
    public static ProxyHeaderState Read(ReadOnlySpan<byte> octets, out int length, out IPEndPoint? client)
    {
        (length, client) = (0, null);
        if (Begins(octets, Signature))
            return ReadBinary(octets, out length, out client);
        return Begins(octets, "PROXY "u8) ? ReadLine(octets, out length, out client) : ProxyHeaderState.Invalid;
    }

    private static bool Begins(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> signature)
    {
        var known = Math.Min(octets.Length, signature.Length);
        return octets[..known].SequenceEqual(signature[..known]);
    }

    private static ProxyHeaderState ReadLine(ReadOnlySpan<byte> octets, out int length, out IPEndPoint? client)
    {
        client = null;
        var end = octets[..Math.Min(octets.Length, LineOctetsMax)].IndexOf("\r\n"u8);
        length = end + 2;
        if (end < 0)
            return octets.Length < LineOctetsMax ? ProxyHeaderState.Incomplete : ProxyHeaderState.Invalid;
        var words = Encoding.Latin1.GetString(octets[..end]).Split(' ');
        if (words[1] == "UNKNOWN")
            return ProxyHeaderState.Complete;
        var family = words[1] switch
        {
            "TCP4" => AddressFamily.InterNetwork,
            "TCP6" => AddressFamily.InterNetworkV6,
            _ => AddressFamily.Unspecified,
        };
        if (words.Length != 6 || !TryParse(words[2], words[4], family, out client) || !TryParse(words[3], words[5], family, out _))
            return ProxyHeaderState.Invalid;
        return ProxyHeaderState.Complete;
    }

    private static bool TryParse(string address, string port, AddressFamily family, out IPEndPoint? endpoint)
    {
        endpoint = IPAddress.TryParse(address, out var parsed) && parsed.AddressFamily == family && ushort.TryParse(port, out var number)
            ? new IPEndPoint(parsed, number)
            : null;
        return endpoint is not null;
    }

    private static ProxyHeaderState ReadBinary(ReadOnlySpan<byte> octets, out int length, out IPEndPoint? client)
    {
        (length, client) = (0, null);
        if (octets.Length < FixedOctets)
            return ProxyHeaderState.Incomplete;
        var (version, command) = (octets[12] >> 4, octets[12] & 0xF);
        var rest = BinaryPrimitives.ReadUInt16BigEndian(octets[14..]);
        length = FixedOctets + rest;
        if (version != 2 || command > 1 || length > OctetsMax)
            return ProxyHeaderState.Invalid;
        if (octets.Length < length)
            return ProxyHeaderState.Incomplete;
        // Command 0 (LOCAL): a health check of the proxy itself. Other families than TCP over IP name no client that we know.
        var addressOctets = (command, octets[13]) switch { (1, 0x11) => 4, (1, 0x21) => 16, _ => 0 };
        if (addressOctets == 0)
            return ProxyHeaderState.Complete;
        if (rest < 2 * addressOctets + 4)
            return ProxyHeaderState.Invalid;
        var addresses = octets[FixedOctets..];
        client = new IPEndPoint(
            new IPAddress(addresses[..addressOctets]), BinaryPrimitives.ReadUInt16BigEndian(addresses[(2 * addressOctets)..]));
        return ProxyHeaderState.Complete;
    }
}

/// <summary>What the first octets of a connection are.</summary>
internal enum ProxyHeaderState
{
    /// <summary>Nothing is wrong yet; more must come.</summary>
    Incomplete,
    Complete,
    Invalid,
}

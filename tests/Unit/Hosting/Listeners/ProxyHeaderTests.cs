using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mailstead.Hosting.Listeners;

namespace Mailstead.Unit.Hosting.Listeners;

/// <summary>What a load balancer says in front of a connection, and what only looks like it.</summary>
public sealed class ProxyHeaderTests
{
    private static readonly byte[] Signature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    private static readonly byte[] FourAddresses = [192, 0, 2, 7, 198, 51, 100, 1, 0xC0, 0x01, 0, 25];

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 49153 25\r\n", "192.0.2.7:49153")]
    [InlineData("PROXY TCP6 2001:db8::7 2001:db8::1 49153 25\r\n", "[2001:db8::7]:49153")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff whatever 1 2\r\n", null)]
    public void A_line_names_the_client(string line, string? client)
    {
        var octets = Encoding.ASCII.GetBytes(line + "EHLO example.org\r\n");

        Assert.Equal(ProxyHeaderState.Complete, ProxyHeader.Read(octets, out var length, out var found));
        Assert.Equal(line.Length, length);
        Assert.Equal(client, found?.ToString());
    }

    [Theory]
    [InlineData("EHLO example.org\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 49153\r\n")]
    [InlineData("PROXY TCP4 2001:db8::7 2001:db8::1 49153 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 65536 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 -1 25\r\n")]
    [InlineData("PROXY TCP5 192.0.2.7 198.51.100.1 49153 25\r\n")]
    [InlineData("PROXY \r\n")]
    public void Another_line_is_no_header(string line) =>
        Assert.Equal(ProxyHeaderState.Invalid, ProxyHeader.Read(Encoding.ASCII.GetBytes(line), out _, out _));

    [Fact]
    public void A_line_without_an_end_is_waited_for_up_to_its_longest()
    {
        Assert.Equal(ProxyHeaderState.Incomplete, ProxyHeader.Read(Padded(106), out _, out _));
        Assert.Equal(ProxyHeaderState.Invalid, ProxyHeader.Read(Padded(107), out _, out _));
    }

    [Fact]
    public void A_binary_header_names_the_client()
    {
        byte[] header = [.. Signature, 0x21, 0x11, 0, 12, .. FourAddresses];

        Assert.Equal(ProxyHeaderState.Complete, ProxyHeader.Read([.. header, .. "EHLO"u8], out var length, out var client));
        Assert.Equal(header.Length, length);
        Assert.Equal(new IPEndPoint(IPAddress.Parse("192.0.2.7"), 49153), client);
    }

    [Fact]
    public void A_binary_header_of_version_6_addresses_with_more_behind_them_is_taken_whole()
    {
        var source = IPAddress.Parse("2001:db8::7").GetAddressBytes();
        byte[] header = [.. Signature, 0x21, 0x21, 0, 39, .. source, .. source, 0xC0, 0x01, 0, 25, 0x04, 0, 0];

        Assert.Equal(ProxyHeaderState.Complete, ProxyHeader.Read(header, out var length, out var client));
        Assert.Equal(header.Length, length);
        Assert.Equal("[2001:db8::7]:49153", client?.ToString());
    }

    [Theory]
    [InlineData(0x20, 0x11)] // the proxy's own check
    [InlineData(0x21, 0x00)] // unspecified
    [InlineData(0x21, 0x31)] // a Unix socket
    public void A_binary_header_that_names_no_client_leaves_the_address(byte command, byte family)
    {
        byte[] header = [.. Signature, command, family, 0, 12, .. FourAddresses];

        Assert.Equal(ProxyHeaderState.Complete, ProxyHeader.Read(header, out _, out var client));
        Assert.Null(client);
    }

    [Theory]
    [InlineData(0x11, 0x11, 12)]
    [InlineData(0x22, 0x11, 12)]
    [InlineData(0x21, 0x11, 11)]
    [InlineData(0x21, 0x21, 12)]
    [InlineData(0x21, 0x11, ProxyHeader.OctetsMax - 15)]
    public void A_wrong_binary_header_is_none(byte command, byte family, int length)
    {
        byte[] header = [.. Signature, command, family, (byte)(length >> 8), (byte)length, .. FourAddresses];

        Assert.Equal(ProxyHeaderState.Invalid, ProxyHeader.Read(header, out _, out _));
    }

    [Fact]
    public void Every_beginning_of_a_header_is_incomplete()
    {
        byte[] binary = [.. Signature, 0x21, 0x11, 0, 12, .. FourAddresses];
        var line = "PROXY TCP4 192.0.2.7 198.51.100.1 49153 25\r\n"u8.ToArray();

        Assert.All(new[] { binary, line }, header => Assert.All(Enumerable.Range(0, header.Length), length =>
            Assert.Equal(ProxyHeaderState.Incomplete, ProxyHeader.Read(header.AsSpan(0, length), out _, out _))));
    }

    [Fact]
    public void Whatever_comes_is_answered_and_never_taken_beyond_its_end() => Prop.ForAll<byte[], bool>((octets, isBinary) =>
    {
        byte[] sent = isBinary ? [.. Signature, 0x21, .. octets] : [.. "PROXY "u8, .. octets];
        return ProxyHeader.Read(sent, out var length, out _) != ProxyHeaderState.Complete || length <= sent.Length;
    }).QuickCheckThrowOnFailure();

    private static byte[] Padded(int length) => Encoding.ASCII.GetBytes("PROXY UNKNOWN ".PadRight(length, 'x'));
}

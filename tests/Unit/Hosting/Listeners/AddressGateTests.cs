using System.Net;
using Mailstead.Hosting.Listeners;
using Microsoft.Extensions.Time.Testing;

namespace Mailstead.Unit.Hosting.Listeners;

/// <summary>How much one address may ask for.</summary>
public sealed class AddressGateTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 24, 20, 0, 0, TimeSpan.Zero));
    private readonly AddressGate gate;

    public AddressGateTests() => gate = new AddressGate(concurrentMax: 2, perMinuteMax: 4, clock);

    [Fact]
    public void So_many_at_once_and_one_more_when_one_has_gone()
    {
        Assert.True(gate.TryEnter(One, out var first));
        Assert.True(gate.TryEnter(One, out _));
        Assert.False(gate.TryEnter(One, out _));
        Assert.True(gate.TryEnter(IPAddress.Parse("192.0.2.2"), out _));

        first.Dispose();
        first.Dispose();

        Assert.True(gate.TryEnter(One, out _));
        Assert.False(gate.TryEnter(One, out _));
    }

    [Fact]
    public void So_many_in_a_minute_and_as_many_in_the_next()
    {
        for (var minute = 0; minute < 3; minute++)
        {
            for (var entered = 0; entered < 4; entered++)
            {
                Assert.True(gate.TryEnter(One, out var lease));
                lease.Dispose();
            }

            Assert.False(gate.TryEnter(One, out _));
            clock.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public void A_site_of_IPv6_counts_as_one_and_IPv4_in_disguise_as_itself()
    {
        Assert.True(gate.TryEnter(IPAddress.Parse("2001:db8:1:2::1"), out _));
        Assert.True(gate.TryEnter(IPAddress.Parse("2001:db8:1:2:ffff::9"), out _));
        Assert.False(gate.TryEnter(IPAddress.Parse("2001:db8:1:2:3:4:5:6"), out _));
        Assert.True(gate.TryEnter(IPAddress.Parse("2001:db8:1:3::1"), out _));

        Assert.True(gate.TryEnter(One, out _));
        Assert.True(gate.TryEnter(One.MapToIPv6(), out _));
        Assert.False(gate.TryEnter(One, out _));
    }

    [Fact]
    public void Networks_are_trusted_as_the_settings_say()
    {
        var trusted = new TrustedNetworks(["192.0.2.0/24"]);
        Assert.True(trusted.Contain(One.MapToIPv6()));
        Assert.True(trusted.Contain(IPAddress.Loopback));
        Assert.False(trusted.Contain(IPAddress.Parse("198.51.100.1")));
        Assert.False(new TrustedNetworks([], isLoopbackTrusted: false).Contain(IPAddress.Loopback));
        Assert.Throws<FormatException>(() => new TrustedNetworks(["everybody"]));
    }
}

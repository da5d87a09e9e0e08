using System.Net;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.AccessControl;
using Mailstead.Directories.MobileDevices;
using Mailstead.Policies;
using Effect = Mailstead.Contracts.Admin.V1.AccessEffect.Types.Value;

namespace Mailstead.Unit.Directories;

/// <summary>How access control rules and mobile device access rules are judged.</summary>
public sealed class AccessRuleTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.255.0.1", true)]
    [InlineData("10.1.2.3/8", "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("192.0.2.1/32", "192.0.2.1", true)]
    [InlineData("192.0.2.1/32", "::ffff:192.0.2.1", true)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:7fff::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::1", false)]
    public void A_network_holds_its_addresses(string network, string address, bool isIn)
    {
        Assert.Equal(isIn, IsAllowed(new AccessControlRule { Effect = Effect.Allow, IpRanges = { network } }, address));
        Assert.Equal(!isIn, IsAllowed(new AccessControlRule { Effect = Effect.Allow, NotIpRanges = { network } }, address));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0/24")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("10.0.0.0")]
    [InlineData("/8")]
    [InlineData("::/129")]
    [InlineData("fe80::1%eth0/64")]
    [InlineData("a.b.c.d/8")]
    [InlineData("10.0.0.0/8/8")]
    public void What_is_no_network_is_not_taken_for_one(string text) => Assert.False(Cidr.TryParse(text, out _));

    [Fact]
    public void Without_rules_nobody_gets_in_and_a_denial_goes_before_what_allows()
    {
        var allow = new AccessControlRule { Name = "allow", Effect = Effect.Allow };
        var deny = new AccessControlRule { Name = "deny", Effect = Effect.Deny, Actions = { "IMAP" }, UserIds = { "u1" } };
        Assert.False(Attempt().Judge([]).IsAllowed);
        Assert.True(Attempt().Judge([allow]).IsAllowed);
        Assert.Equal(["deny"], Attempt().Judge([allow, deny]).Decisive.Select(rule => rule.Name));
        Assert.False(Attempt().Judge([allow, deny]).IsAllowed);
        Assert.True(Attempt(action: "SMTP").Judge([allow, deny]).IsAllowed);
        Assert.True(Attempt(user: "u2").Judge([allow, deny]).IsAllowed);
        Assert.True(Attempt(user: null).Judge([allow, deny]).IsAllowed);
        Assert.True(Attempt(user: null, role: "r1").Judge([allow, deny]).IsAllowed);
    }

    [Fact]
    public void Users_and_roles_are_told_apart()
    {
        var roles = new AccessControlRule { Effect = Effect.Allow, ImpersonationRoleIds = { "r1" } };
        var allButUser = new AccessControlRule { Effect = Effect.Allow, NotUserIds = { "u1" } };
        Assert.True(Attempt(user: null, role: "r1").Judge([roles]).IsAllowed);
        Assert.False(Attempt(user: null, role: "r2").Judge([roles]).IsAllowed);
        Assert.False(Attempt(user: "r1").Judge([roles]).IsAllowed);
        Assert.False(Attempt().Judge([allButUser]).IsAllowed);
        Assert.True(Attempt(user: "u2").Judge([allButUser]).IsAllowed);
        Assert.True(Attempt(user: null, role: "r1").Judge([allButUser]).IsAllowed);
    }

    [Theory]
    [InlineData("iPhone", "iphone 12", true)]
    [InlineData("iPhone 12", "iPhone", false)]
    [InlineData("$NONE", null, true)]
    [InlineData("$NONE", "iPhone", false)]
    [InlineData("iPhone", null, false)]
    [InlineData("", "anything", true)]
    public void A_device_is_known_by_how_its_values_begin(string prefix, string? value, bool matches) =>
        Assert.Equal(matches, IsAllowed(new MobileDeviceAccessRule { Effect = Effect.Allow, DeviceModels = { prefix } }, value));

    [Theory]
    [InlineData("iPhone", "iPad", true)]
    [InlineData("iPhone", "IPHONE 12", false)]
    [InlineData("iPhone", null, false)]
    [InlineData("$NONE", null, false)]
    [InlineData("$NONE", "iPad", true)]
    public void A_negative_condition_is_not_met_by_what_was_not_told(string prefix, string? value, bool matches) =>
        Assert.Equal(matches, IsAllowed(new MobileDeviceAccessRule { Effect = Effect.Allow, NotDeviceModels = { prefix } }, value));

    private static bool IsAllowed(AccessControlRule rule, string address) => Attempt(address).Judge([rule]).IsAllowed;

    private static bool IsAllowed(MobileDeviceAccessRule rule, string? model)
    {
        var device = new GetMobileDeviceAccessEffectRequest();
        if (model is not null)
            device.DeviceModel = model;
        return DeviceRules.Judge([rule], device).IsAllowed;
    }

    private static AccessAttempt Attempt(string address = "192.0.2.1", string action = "IMAP", string? user = "u1", string? role = null) =>
        new(IPAddress.Parse(address), action, user, role);
}

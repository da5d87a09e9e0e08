using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Mobile device access rules and overrides, by Debian's AWS CLI and the AWS SDK for JavaScript.</summary>
public sealed class MobileDeviceTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Nowhere = "m-00000000000000000000000000000000";

    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task Rules_decide_by_what_a_device_tells_of_itself()
    {
        string[] there = ["--organization-id", await sdk.OrganizationIdAsync("demo")];
        var first = Assert.Single((await aws.WorkMailAsync(["list-mobile-device-access-rules", .. there])).GetProperty("Rules").EnumerateArray());
        Assert.Equal("ALLOW", Text(first, "Effect"));
        string[] create = ["create-mobile-device-access-rule", .. there, "--client-token", "once", "--name", "Old phones", "--description", "Too old", "--effect", "DENY",
            "--device-operating-systems", "iOS 8", "Android 4", "--not-device-models", "Galaxy"];
        var id = Text(await aws.WorkMailAsync(create), "MobileDeviceAccessRuleId");
        Assert.Equal(id, Text(await aws.WorkMailAsync(create), "MobileDeviceAccessRuleId"));

        Assert.Equal("DENY Old phones", await EffectAsync(there, "--device-operating-system", "ios 8.1", "--device-model", "iPhone 5"));
        Assert.Equal("ALLOW Default", await EffectAsync(there, "--device-operating-system", "Android 4.4", "--device-model", "GALAXY S5"));
        Assert.Equal("ALLOW Default", await EffectAsync(there, "--device-operating-system", "iOS 17"));
        // What a device does not tell meets no negative condition either.
        Assert.Equal("ALLOW Default", await EffectAsync(there, "--device-operating-system", "iOS 8"));

        await aws.WorkMailAsync(["update-mobile-device-access-rule", .. there, "--mobile-device-access-rule-id", id, "--name", "Nameless", "--effect", "DENY", "--device-types", "$NONE"]);
        Assert.Equal("DENY Nameless", await EffectAsync(there));
        Assert.Equal("ALLOW Default", await EffectAsync(there, "--device-type", "Phone"));
        var rules = (await aws.WorkMailAsync(["list-mobile-device-access-rules", .. there])).GetProperty("Rules").EnumerateArray().ToList();
        Assert.Equal(2, rules.Count);
        Assert.False(rules[1].TryGetProperty("Description", out _));
        Assert.Empty(rules[1].GetProperty("DeviceOperatingSystems").EnumerateArray());

        foreach (var rule in rules)
            await aws.WorkMailAsync(["delete-mobile-device-access-rule", .. there, "--mobile-device-access-rule-id", Text(rule, "MobileDeviceAccessRuleId")]);
        Assert.Equal("DENY ", await EffectAsync(there, "--device-type", "Phone"));
        await aws.WorkMailAsync(["create-mobile-device-access-rule", .. there, "--name", "Default", "--effect", "ALLOW"]);
        Assert.Equal("ALLOW Default", await EffectAsync(there));
    }

    [Fact]
    public async Task Overrides_are_put_found_listed_and_deleted()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        string[] there = ["--organization-id", o];
        foreach (var (user, device, effect) in new[] { ("alice", "ABC1", "DENY"), ("alice", "ABC2", "ALLOW"), ("bob", "ABC1", "ALLOW"), ("bob", "XYZ", "DENY") })
            await aws.WorkMailAsync(["put-mobile-device-access-override", .. there, "--user-id", user, "--device-id", device, "--effect", effect, "--description", $"{user} {device}"]);
        await aws.WorkMailAsync(["put-mobile-device-access-override", .. there, "--user-id", DemoServer.Alice, "--device-id", "ABC1", "--effect", "ALLOW"]);

        var found = await aws.WorkMailAsync(["get-mobile-device-access-override", .. there, "--user-id", "alice", "--device-id", "ABC1"]);
        Assert.Equal($"{await aws.UserIdAsync(o, "alice")} ABC1 ALLOW", $"{Text(found, "UserId")} {Text(found, "DeviceId")} {Text(found, "Effect")}");
        Assert.False(found.TryGetProperty("Description", out _));
        Assert.Equal(4, (await ListAsync(o, 1)).Count);
        Assert.Equal(2, (await ListAsync(o, 3, device: "ABC1")).Count);
        Assert.Equal(2, (await ListAsync(o, 1, user: "bob")).Count);
        Assert.Single(await ListAsync(o, 1, user: "bob", device: "XYZ"));

        await aws.WorkMailAsync(["delete-mobile-device-access-override", .. there, "--user-id", "bob", "--device-id", "XYZ"]);
        Assert.Contains(
            "ResourceNotFoundException", await aws.RefusedAsync(["get-mobile-device-access-override", .. there, "--user-id", "bob", "--device-id", "XYZ"]),
            StringComparison.Ordinal);
        Assert.Equal(3, (await ListAsync(o, 100)).Count);
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        await sdk.ExpectAsync(
        [
            .. Enumerable.Range(1, 9).Select(number => ("CreateMobileDeviceAccessRule", (object)new { OrganizationId = o, Name = $"rule {number}", Effect = "ALLOW", ClientToken = $"t{number}" }, "")),
            ("CreateMobileDeviceAccessRule", new { OrganizationId = o, Name = "eleventh", Effect = "ALLOW" }, "LimitExceededException"),
            ("CreateMobileDeviceAccessRule", new { OrganizationId = o, Name = "other", Effect = "ALLOW", ClientToken = "t1" }, "InvalidParameterException"),
            ("CreateMobileDeviceAccessRule", new { OrganizationId = o, Name = "x", Effect = "MAYBE" }, "InvalidParameterException"),
            ("CreateMobileDeviceAccessRule", new { OrganizationId = o, Effect = "ALLOW" }, "InvalidParameterException"),
            ("CreateMobileDeviceAccessRule", new { OrganizationId = o, Name = "x", Effect = "ALLOW", DeviceTypes = Array.Empty<string>() }, "InvalidParameterException"),
            ("CreateMobileDeviceAccessRule", new { OrganizationId = o, Name = "x", Effect = "ALLOW", DeviceModels = Enumerable.Repeat("x", 11) }, "InvalidParameterException"),
            ("CreateMobileDeviceAccessRule", new { OrganizationId = Nowhere, Name = "x", Effect = "ALLOW" }, "OrganizationNotFoundException"),
            ("UpdateMobileDeviceAccessRule", new { OrganizationId = o, MobileDeviceAccessRuleId = "nothing", Name = "x", Effect = "ALLOW" }, "EntityNotFoundException"),
            ("UpdateMobileDeviceAccessRule", new { OrganizationId = Nowhere, MobileDeviceAccessRuleId = "x", Name = "x", Effect = "ALLOW" }, "OrganizationNotFoundException"),
            ("DeleteMobileDeviceAccessRule", new { OrganizationId = o, MobileDeviceAccessRuleId = "nothing" }, ""),
            ("DeleteMobileDeviceAccessRule", new { OrganizationId = Nowhere, MobileDeviceAccessRuleId = "x" }, "OrganizationNotFoundException"),
            ("ListMobileDeviceAccessRules", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("GetMobileDeviceAccessEffect", new { OrganizationId = o, DeviceType = "" }, "InvalidParameterException"),
            ("GetMobileDeviceAccessEffect", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("PutMobileDeviceAccessOverride", new { OrganizationId = o, UserId = "nobody", DeviceId = "A", Effect = "ALLOW" }, "EntityNotFoundException"),
            ("PutMobileDeviceAccessOverride", new { OrganizationId = o, UserId = "alice", DeviceId = "A-1", Effect = "ALLOW" }, "InvalidParameterException"),
            ("CreateUser", new { OrganizationId = o, Name = "asleep", DisplayName = "Asleep" }, ""),
            ("PutMobileDeviceAccessOverride", new { OrganizationId = o, UserId = "asleep", DeviceId = "A", Effect = "ALLOW" }, "EntityStateException"),
            ("PutMobileDeviceAccessOverride", new { OrganizationId = Nowhere, UserId = "alice", DeviceId = "A", Effect = "ALLOW" }, "OrganizationNotFoundException"),
            ("GetMobileDeviceAccessOverride", new { OrganizationId = o, UserId = "alice", DeviceId = "none" }, "ResourceNotFoundException"),
            ("GetMobileDeviceAccessOverride", new { OrganizationId = o, UserId = "nobody", DeviceId = "none" }, "EntityNotFoundException"),
            ("ListMobileDeviceAccessOverrides", new { OrganizationId = o, UserId = "nobody" }, "EntityNotFoundException"),
            ("ListMobileDeviceAccessOverrides", new { OrganizationId = o, NextToken = "x" }, "InvalidParameterException"),
            ("ListMobileDeviceAccessOverrides", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("DeleteMobileDeviceAccessOverride", new { OrganizationId = o, UserId = "alice", DeviceId = "none" }, ""),
            ("DeleteMobileDeviceAccessOverride", new { OrganizationId = o, UserId = "nobody", DeviceId = "none" }, "EntityNotFoundException"),
            .. Enumerable.Range(0, 9).Select(number => ("DeleteMobileDeviceAccessRule", (object)new { OrganizationId = o, MobileDeviceAccessRuleId = $"${number}.MobileDeviceAccessRuleId" }, "")),
        ]);
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private async Task<string> EffectAsync(string[] there, params string[] device)
    {
        var result = await aws.WorkMailAsync(["get-mobile-device-access-effect", .. there, .. device]);
        return $"{Text(result, "Effect")} {string.Join(',', result.GetProperty("MatchedRules").EnumerateArray().Select(rule => Text(rule, "Name")))}";
    }

    /// <summary>All pages, of so many each.</summary>
    private async Task<List<JsonElement>> ListAsync(string organization, int count, string? user = null, string? device = null)
    {
        var all = new List<JsonElement>();
        for (string? token = null; ;)
        {
            var input = new Dictionary<string, object?> { ["OrganizationId"] = organization, ["MaxResults"] = count, ["UserId"] = user, ["DeviceId"] = device, ["NextToken"] = token };
            var page = AwsSdk.AnswerOf((await sdk.RunAsync(("ListMobileDeviceAccessOverrides", input.Where(pair => pair.Value is not null).ToDictionary())))[0]);
            Assert.InRange(page.GetProperty("Overrides").GetArrayLength(), 0, count);
            all.AddRange(page.GetProperty("Overrides").EnumerateArray());
            if (!page.TryGetProperty("NextToken", out var next))
                return all;
            token = next.GetString();
        }
    }
}

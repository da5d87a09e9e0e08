using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>An organization that may have five users, groups and resources, three of which the demo makes.</summary>
public sealed class EntityLimitTests
{
    [Fact]
    public async Task The_last_one_that_may_be_there_is_made_and_none_after_it_until_one_goes()
    {
        await using var demo = await DemoServer.StartAsync(new() { ["MAILSTEAD_DEMO"] = "true", ["MAILSTEAD_Directories__EntitiesMax"] = "5" });
        var sdk = new AwsSdk(demo.Server);
        var o = await sdk.OrganizationIdAsync("demo");
        await sdk.ExpectAsync(
            ("CreateGroup", new { OrganizationId = o, Name = "fourth" }, ""),
            ("CreateUser", new { OrganizationId = o, Name = "fifth", DisplayName = "Fifth" }, ""),
            ("CreateResource", new { OrganizationId = o, Name = "sixth", Type = "ROOM" }, "LimitExceededException"),
            ("DeleteGroup", new { OrganizationId = o, GroupId = "fourth" }, ""),
            ("CreateResource", new { OrganizationId = o, Name = "sixth", Type = "ROOM" }, ""));
    }
}

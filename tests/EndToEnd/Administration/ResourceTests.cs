using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Rooms and equipment, by Debian's AWS CLI and, what is newer than that, by the AWS SDK for JavaScript.</summary>
public sealed class ResourceTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Nowhere = "m-00000000000000000000000000000000";

    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task A_room_lives_from_creation_to_deletion()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        string[] there = ["--organization-id", o];
        var room = Text(await aws.WorkMailAsync(["create-resource", .. there, "--name", "room-1", "--type", "ROOM"]), "ResourceId");
        Assert.Matches("^r-[0-9a-f]{32}$", room);
        var made = await aws.WorkMailAsync(["describe-resource", .. there, "--resource-id", room]);
        Assert.Equal("DISABLED", Text(made, "State"));
        Assert.Equal("ROOM", Text(made, "Type"));
        Assert.True(made.GetProperty("BookingOptions").GetProperty("AutoAcceptRequests").GetBoolean());

        await aws.WorkMailAsync(["register-to-work-mail", .. there, "--entity-id", room, "--email", "room-1@demo.mailstead.test"]);
        await aws.WorkMailAsync(["update-resource", .. there, "--resource-id", room, "--name", "room-one", "--booking-options",
            "AutoAcceptRequests=false,AutoDeclineRecurringRequests=true"]);
        var changed = await aws.WorkMailAsync(["describe-resource", .. there, "--resource-id", room]);
        Assert.Equal("ENABLED room-one room-1@demo.mailstead.test", $"{Text(changed, "State")} {Text(changed, "Name")} {Text(changed, "Email")}");
        Assert.Equal(
            "False True True", string.Join(' ', new[] { "AutoAcceptRequests", "AutoDeclineRecurringRequests", "AutoDeclineConflictingRequests" }
                .Select(option => changed.GetProperty("BookingOptions").GetProperty(option).GetBoolean())));

        var alice = await aws.UserIdAsync(o, "alice");
        foreach (var entity in new[] { alice, "bob" + "@demo.mailstead.test" })
            await aws.WorkMailAsync(["associate-delegate-to-resource", .. there, "--resource-id", room, "--entity-id", entity]);
        Assert.Equal(2, await CountDelegatesAsync(there, room));
        await aws.WorkMailAsync(["disassociate-delegate-from-resource", .. there, "--resource-id", room, "--entity-id", alice]);
        Assert.Equal(1, await CountDelegatesAsync(there, room));
        var listed = (await aws.WorkMailAsync(["list-resources", .. there])).GetProperty("Resources").EnumerateArray();
        Assert.Equal("room-one", Text(listed.Single(row => Text(row, "Id") == room), "Name"));

        Assert.Contains("EntityStateException", await aws.RefusedAsync(["delete-resource", .. there, "--resource-id", room]), StringComparison.Ordinal);
        await aws.WorkMailAsync(["deregister-from-work-mail", .. there, "--entity-id", room]);
        await aws.WorkMailAsync(["delete-resource", .. there, "--resource-id", room]);
        Assert.Contains(
            "EntityNotFoundException", await aws.RefusedAsync(["describe-resource", .. there, "--resource-id", room]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_newer_clients_ask_for_is_there()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var creations = Enumerable.Range(1, 5).SelectMany(number => new (string, object)[]
        {
            ("CreateResource", new { OrganizationId = o, Name = $"car{number}", Type = "EQUIPMENT", Description = $"Car {number}", HiddenFromGlobalAddressList = number == 1 }),
            ("CreateGroup", new { OrganizationId = o, Name = $"drivers{number}" }),
            ("AssociateMemberToGroup", new { OrganizationId = o, GroupId = $"drivers{number}", MemberId = "carol" }),
        });
        var results = await sdk.RunAsync(
        [
            .. creations,
            ("pages:ListResources", new { OrganizationId = o, MaxResults = 2, Filters = new { NamePrefix = "car", State = "DISABLED" } }),
            ("ListGroupsForEntity", new { OrganizationId = o, EntityId = "carol", MaxResults = 3, Filters = new { GroupNamePrefix = "Drivers" } }),
            ("UpdateGroup", new { OrganizationId = o, GroupId = "drivers1", HiddenFromGlobalAddressList = true }),
            ("DescribeGroup", new { OrganizationId = o, GroupId = "drivers1" }),
            ("UpdateResource", new { OrganizationId = o, ResourceId = "car1", Type = "ROOM", Description = "", HiddenFromGlobalAddressList = false }),
            ("DescribeResource", new { OrganizationId = o, ResourceId = "car1" }),
            ("DescribeEntity", new { OrganizationId = o, Email = "Carol@demo.mailstead.test" }),
        ]);

        Assert.All(results[..15], result => AwsSdk.AnswerOf(result));
        Assert.Equal(
            Enumerable.Range(1, 5).Select(number => $"Car {number}"),
            results[15].GetProperty("pages").EnumerateArray().SelectMany(page => page.GetProperty("Resources").EnumerateArray()).Select(row => Text(row, "Description")).Order());
        var groups = AwsSdk.AnswerOf(results[16]);
        Assert.Equal(3, groups.GetProperty("Groups").GetArrayLength());
        Assert.NotEmpty(Text(groups, "NextToken"));
        Assert.All(groups.GetProperty("Groups").EnumerateArray(), group => Assert.StartsWith("drivers", Text(group, "GroupName")));
        Assert.True(AwsSdk.AnswerOf(results[18]).GetProperty("HiddenFromGlobalAddressList").GetBoolean());
        var car = AwsSdk.AnswerOf(results[20]);
        Assert.Equal("ROOM", Text(car, "Type"));
        Assert.False(car.GetProperty("HiddenFromGlobalAddressList").GetBoolean());
        var carol = AwsSdk.AnswerOf(results[21]);
        Assert.Equal("USER carol", $"{Text(carol, "Type")} {Text(carol, "Name")}");
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        (string Operation, object Input, string Error)[] cases =
        [
            ("CreateResource", new { OrganizationId = o, Name = "beamer", Type = "EQUIPMENT" }, ""),
            ("CreateResource", new { OrganizationId = o, Name = "Beamer", Type = "EQUIPMENT" }, "NameAvailabilityException"),
            ("CreateResource", new { OrganizationId = o, Name = "alice", Type = "ROOM" }, "NameAvailabilityException"),
            ("CreateResource", new { OrganizationId = o, Name = "journaling", Type = "ROOM" }, "ReservedNameException"),
            ("CreateResource", new { OrganizationId = o, Name = "x", Type = "CASTLE" }, "InvalidParameterException"),
            ("CreateResource", new { OrganizationId = o, Name = "x" }, "InvalidParameterException"),
            ("CreateResource", new { OrganizationId = o, Name = new string('x', 21), Type = "ROOM" }, "InvalidParameterException"),
            ("CreateResource", new { OrganizationId = o, Name = "x", Type = "ROOM", Description = new string('x', 65) }, "InvalidParameterException"),
            ("CreateResource", new { OrganizationId = Nowhere, Name = "x", Type = "ROOM" }, "OrganizationNotFoundException"),
            ("DescribeResource", new { OrganizationId = o, ResourceId = "alice" }, "EntityNotFoundException"),
            ("DescribeResource", new { OrganizationId = o, ResourceId = "r-00000000000000000000000000000000" }, "EntityNotFoundException"),
            ("DescribeUser", new { OrganizationId = o, UserId = "beamer" }, "EntityNotFoundException"),
            ("UpdateResource", new { OrganizationId = o, ResourceId = "beamer", Name = "alice" }, "NameAvailabilityException"),
            ("UpdateResource", new { OrganizationId = o, ResourceId = "beamer", Name = "mailer-daemon" }, "ReservedNameException"),
            ("UpdateResource", new { OrganizationId = o, ResourceId = "beamer", Name = "BEAMER" }, ""),
            ("UpdateResource", new { OrganizationId = o, ResourceId = "nothing", Name = "x" }, "EntityNotFoundException"),
            ("AssociateDelegateToResource", new { OrganizationId = o, ResourceId = "beamer", EntityId = "beamer" }, "InvalidParameterException"),
            ("AssociateDelegateToResource", new { OrganizationId = o, ResourceId = "beamer", EntityId = "nobody" }, "EntityNotFoundException"),
            ("AssociateDelegateToResource", new { OrganizationId = o, ResourceId = "alice", EntityId = "bob" }, "EntityNotFoundException"),
            ("CreateUser", new { OrganizationId = o, Name = "asleep", DisplayName = "Asleep" }, ""),
            ("AssociateDelegateToResource", new { OrganizationId = o, ResourceId = "beamer", EntityId = "asleep" }, "EntityStateException"),
            ("CreateGroup", new { OrganizationId = o, Name = "lenders" }, ""),
            ("AssociateMemberToGroup", new { OrganizationId = o, GroupId = "lenders", MemberId = "beamer" }, "InvalidParameterException"),
            ("ListResourceDelegates", new { OrganizationId = o, ResourceId = "nothing" }, "EntityNotFoundException"),
            ("ListResources", new { OrganizationId = o, MaxResults = 101 }, "InvalidParameterException"),
            ("ListResources", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("ListGroupsForEntity", new { OrganizationId = o, EntityId = "nobody" }, "EntityNotFoundException"),
            ("UpdateGroup", new { OrganizationId = o, GroupId = "alice", HiddenFromGlobalAddressList = true }, "EntityNotFoundException"),
            ("DescribeEntity", new { OrganizationId = o, Email = "nobody@demo.mailstead.test" }, "EntityNotFoundException"),
            ("DescribeEntity", new { OrganizationId = o, Email = "no address" }, "InvalidParameterException"),
            ("DescribeEntity", new { OrganizationId = Nowhere, Email = "alice@demo.mailstead.test" }, "OrganizationNotFoundException"),
        ];

        await sdk.ExpectAsync(cases);
    }

    [Fact]
    public async Task Mail_to_a_room_is_taken_and_nobody_signs_in_as_one()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var results = await sdk.RunAsync(
            ("CreateResource", new { OrganizationId = o, Name = "hall", Type = "ROOM" }),
            ("RegisterToWorkMail", new { OrganizationId = o, EntityId = "hall", Email = "hall@demo.mailstead.test" }),
            ("ResetPassword", new { OrganizationId = o, UserId = "$0.ResourceId", Password = "Correct-horse-7" }));

        AwsSdk.AnswerOf(results[1]);
        Assert.Equal("EntityNotFoundException", AwsSdk.ErrorOf(results[2]));
        await Tool.MustAsync("swaks", ["--server", $"127.0.0.1:{demo.Server.Smtp}", "--from", "sender@example.org", "--to", "hall@demo.mailstead.test"]);
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private async Task<int> CountDelegatesAsync(string[] there, string room) =>
        (await aws.WorkMailAsync(["list-resource-delegates", .. there, "--resource-id", room])).GetProperty("Delegates").GetArrayLength();
}

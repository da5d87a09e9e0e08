using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MailKit;
using Mailstead.EndToEnd.Durability;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>Functions of mail-flow rules: in Python behind Lambda's own API, as customers have them, and at an HTTPS address.</summary>
[Collection(FunctionWorldTests.Name)]
public sealed class FunctionTests(FunctionWorld world)
{
    private const string Zone = OutsideWorld.Zone;

    [Fact]
    public async Task A_function_is_told_of_a_message_and_lets_it_pass()
    {
        await world.SendAsync("hello", "Look at this", DemoServer.Alice, DemoServer.Bob);

        await world.WaitAsync(DemoServer.Alice, "Look at this");
        await world.WaitAsync(DemoServer.Bob, "Look at this");
        var called = Assert.Single(await world.Lambda.EventsAsync("hello", "Look at this"));
        Assert.Equal("RequestResponse", Text(called, "type"));
        var told = called.GetProperty("event");
        Assert.Equal("2018-10-10 INBOUND False", $"{Text(told, "summaryVersion")} {Text(told, "flowDirection")} {told.GetProperty("truncated").GetBoolean()}");
        Assert.Equal("x@hello.example", Text(told.GetProperty("envelope").GetProperty("mailFrom"), "address"));
        Assert.Equal([DemoServer.Alice, DemoServer.Bob], told.GetProperty("envelope").GetProperty("recipients").EnumerateArray().Select(one => Text(one, "address")));
        Assert.True(Guid.TryParse(Text(told, "messageId"), out _) && Guid.TryParse(Text(told, "invocationId"), out _));
        Assert.False(told.TryGetProperty("sender", out _));
    }

    [Fact]
    public async Task A_function_sends_mail_of_users_back()
    {
        using var session = await SmtpSession.SignInAsync(world.Server, DemoServer.Carol, world.Server.Passwords[DemoServer.Carol]);
        await session.SendMessageAsync($"<{DemoServer.Carol}>", [$"<x@plain.{Zone}>"], $"From: {DemoServer.Carol}\r\nTo: x@plain.{Zone}\r\nSubject: Too late\r\n\r\nHello\r\n");

        var report = await StatusReport.WaitAsync(world.Server, "Too late", "failed", DemoServer.Carol);

        Assert.Equal("5.7.1", report.Groups[1]["Status"]);
        Assert.Contains("Not after hours,", report.Text, StringComparison.Ordinal);
        var told = (await world.Lambda.EventsAsync("bounce", "Too late"))[0].GetProperty("event");
        Assert.Equal($"OUTBOUND {DemoServer.Carol}", $"{Text(told, "flowDirection")} {Text(told.GetProperty("envelope").GetProperty("mailFrom"), "address")}");
    }

    [Fact]
    public async Task Each_recipient_has_its_own_fate_and_who_is_left_out_the_fallback()
    {
        await world.SendAsync("each", "Fates", DemoServer.Alice, DemoServer.Bob, DemoServer.Carol);

        await world.WaitAsync(DemoServer.Alice, "Fates", SpecialFolder.Junk);
        await world.WaitAsync(DemoServer.Carol, "Fates", SpecialFolder.Junk);
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);
        Assert.Equal(0, await CountAsync(DemoServer.Bob, "Fates"));
    }

    [Fact]
    public async Task A_function_adds_recipients_of_the_organization_and_no_others()
    {
        await world.SendAsync("add", "For more", DemoServer.Alice);

        var copy = await world.WaitAsync(DemoServer.Carol, "For more");
        Assert.Equal(DemoServer.Alice, copy.To.Mailboxes.Single().Address);
        await world.WaitAsync(DemoServer.Alice, "For more");
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);
        Assert.Contains("a function added a recipient who is not in the organization", world.Server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_fails_is_called_again_with_the_same_invocation()
    {
        await world.SendAsync("recovering", "In the end", DemoServer.Alice);

        await world.WaitAsync(DemoServer.Alice, "In the end");
        var calls = await world.Lambda.EventsAsync("recovering", "In the end");
        Assert.Equal(3, calls.Count);
        Assert.Single(calls.Select(call => Text(call.GetProperty("event"), "invocationId")).Distinct());
    }

    [Theory]
    [InlineData("fail")]
    [InlineData("nonsense")]
    [InlineData("missing")]
    public async Task When_there_is_no_good_answer_the_fallback_decides(string function)
    {
        await world.SendAsync(function, "No answer of " + function, DemoServer.Alice);

        await world.WaitAsync(DemoServer.Alice, "No answer of " + function, SpecialFolder.Junk);
    }

    [Fact]
    public async Task A_slow_function_holds_up_its_own_messages_alone_and_they_survive_a_crash()
    {
        for (var i = 0; i < 40; i++)
            await world.SendAsync("slow", $"Slow {i}", DemoServer.Alice);
        await world.Lambda.WaitForEventAsync("slow", "Slow 0");

        await world.SendAsync("quick", "Quick", DemoServer.Alice);
        await world.WaitAsync(DemoServer.Alice, "Quick");
        Assert.Equal(0, await CountAsync(DemoServer.Alice, "Slow"));
        await world.Server.KillAsync();
        await world.Server.LaunchAsync();

        await DeliveryTables.WaitUntilEmptyAsync(world.Server);
        Assert.Equal(40, await CountAsync(DemoServer.Alice, "Slow"));
    }

    [Fact]
    public async Task An_asynchronous_function_is_told_and_nobody_waits_for_it()
    {
        await world.SendAsync("told", "For your information", DemoServer.Alice);
        await world.SendAsync("toldinvain", "For nobody's information", DemoServer.Alice);

        await world.WaitAsync(DemoServer.Alice, "For your information");
        await world.WaitAsync(DemoServer.Alice, "For nobody's information");
        Assert.Equal("Event", Text(await world.Lambda.WaitForEventAsync("hello", "For your information"), "type"));
        await world.Lambda.WaitForEventAsync("fail", "For nobody's information");
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);
    }

    [Fact]
    public async Task A_function_at_an_address_of_its_own_knows_who_calls_it()
    {
        await using var function = new HttpsFunction("127.0.1.20", world.Port, """{"actions":[{"action":{"type":"MOVE_TO_JUNK"},"allRecipients":true}]}""");
        using var admin = new AdminApi(world.Server);
        var secret = (await admin.CallAsync("MailsteadService.DescribeFunctionSecret", new { OrganizationId = world.Organization })).GetProperty("Secret").GetBytesFromBase64();

        await world.SendAsync("https", "Judge this", DemoServer.Alice);

        await world.WaitAsync(DemoServer.Alice, "Judge this", SpecialFolder.Junk);
        var (header, body) = Assert.Single(function.Requests);
        Assert.StartsWith("POST /judge HTTP/1.1", header, StringComparison.Ordinal);
        var signature = header.Split("Mailstead-Signature: ")[1].Split("\r\n")[0].Split(",v1=");
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{signature[0][2..]}.{body}"))), signature[1]);
        Assert.Equal("Judge this", Text(JsonDocument.Parse(body).RootElement, "subject"));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private async Task<int> CountAsync(string address, string subject)
    {
        using var client = await Mailbox.ConnectAsync(world.Server);
        await client.AuthenticateAsync(address, world.Server.Passwords[address]);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        return (await client.Inbox.SearchAsync(MailKit.Search.SearchQuery.SubjectContains(subject))).Count;
    }
}

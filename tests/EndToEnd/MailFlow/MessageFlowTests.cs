using System.Text.Json;
using Mailstead.EndToEnd.Durability;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>The message-flow API: by boto3 in a function, and by the AWS CLI.</summary>
[Collection(FunctionWorldTests.Name)]
public sealed class MessageFlowTests(FunctionWorld world)
{
    private readonly Aws aws = new(world.Server);

    [Fact]
    public async Task A_function_reads_a_message_and_puts_another_in_its_place()
    {
        await world.SendAsync("update", "Change me", DemoServer.Alice);

        var message = await world.WaitAsync(DemoServer.Alice, "Change me");
        Assert.Equal("[EXTERNAL] Change me", message.Subject);
        Assert.Equal("Hello\n\nA line that was added\n", message.TextBody!.ReplaceLineEndings("\n"));
        // What was found out about its sender is still there.
        Assert.Contains("spf=", message.Headers["Authentication-Results"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_message_or_is_not_there_is_refused_and_the_message_stays()
    {
        await world.SendAsync("update", "A broken one", DemoServer.Alice);
        await world.WaitAsync(DemoServer.Alice, "A broken one");
        await world.SendAsync("update", "From nowhere", DemoServer.Alice);
        await world.WaitAsync(DemoServer.Alice, "From nowhere");

        var refused = (await world.Lambda.EventsAsync("refused", "")).Select(one => one.GetProperty("event")).ToList();
        Assert.Equal(["InvalidContentLocation", "MessageRejected"], refused.Select(one => Text(one, "error")).Distinct().Order());
        Assert.Contains(refused, one => Text(one, "message").Contains("no From field", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_command_line_reads_what_policies_allow_and_nothing_is_replaced_any_more()
    {
        await world.SendAsync("hello", "By hand", DemoServer.Alice);
        await world.WaitAsync(DemoServer.Alice, "By hand");
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);
        var id = Text((await world.Lambda.EventsAsync("hello", "By hand"))[0].GetProperty("event"), "messageId");
        var file = Path.GetTempFileName();

        await aws.RunAsync("workmailmessageflow", "get-raw-message-content", "--message-id", id, file);
        var message = await MimeMessage.LoadAsync(file);
        Assert.Equal("By hand", message.Subject);
        Assert.Equal("Hello\n", message.TextBody!.ReplaceLineEndings("\n"));
        Assert.NotNull(message.Headers["Authentication-Results"]);
        Assert.Contains("MessageFrozen", await aws.FailAsync(
            "workmailmessageflow", "put-raw-message-content", "--message-id", id, "--content", "s3Reference={bucket=replacements,key=x}"), StringComparison.Ordinal);
        Assert.Contains("ResourceNotFoundException", await aws.FailAsync(
            "workmailmessageflow", "get-raw-message-content", "--message-id", Guid.NewGuid().ToString(), file), StringComparison.Ordinal);

        await aws.RunAsync("iam", "create-user", "--user-name", "Reader");
        var key = (await aws.RunAsync("iam", "create-access-key", "--user-name", "Reader")).GetProperty("AccessKey");
        var reader = new Aws(world.Server, new Dictionary<string, string> { ["AccessKeyId"] = Text(key, "AccessKeyId"), ["SecretAccessKey"] = Text(key, "SecretAccessKey") });
        Assert.Contains("AccessDenied", await reader.FailAsync("workmailmessageflow", "get-raw-message-content", "--message-id", id, file), StringComparison.Ordinal);
        await AllowAsync($"message/{world.Organization}/outgoing/*");
        Assert.Contains("AccessDenied", await reader.FailAsync("workmailmessageflow", "get-raw-message-content", "--message-id", id, file), StringComparison.Ordinal);
        await AllowAsync($"message/{world.Organization}/incoming/*");
        await reader.RunAsync("workmailmessageflow", "get-raw-message-content", "--message-id", id, file);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private async Task AllowAsync(string resource)
    {
        var account = Text(await aws.RunAsync("sts", "get-caller-identity"), "Account");
        var policy = new
        {
            Version = "2012-10-17",
            Statement = new[]
            {
                new { Effect = "Allow", Action = "workmailmessageflow:GetRawMessageContent", Resource = $"arn:aws:workmailmessageflow:us-east-1:{account}:{resource}" },
            },
        };
        await aws.RunAsync("iam", "put-user-policy", "--user-name", "Reader", "--policy-name", "reads", "--policy-document", JsonSerializer.Serialize(policy));
    }
}

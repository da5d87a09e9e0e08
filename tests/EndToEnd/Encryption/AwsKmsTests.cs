using System.Diagnostics;
using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Encryption;

/// <summary>An installation whose keys live in another one's key service, which it calls as it would AWS KMS.</summary>
public sealed class AwsKmsTests(DemoServer demo) : IClassFixture<DemoServer>
{
    /// <summary>A key that was had before is kept for a minute.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Aws outer = new(demo.Server);

    [Fact]
    public async Task Keys_live_elsewhere_and_whoever_has_them_there_decides()
    {
        var user = await outer.AsUserAsync("mailstead-inside");
        await outer.RunAsync("iam", "put-user-policy", "--user-name", "mailstead-inside", "--policy-name", "keys", "--policy-document",
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateKey","kms:TagResource","kms:Encrypt","kms:Decrypt"],"Resource":"*"}]}""");
        await using var server = await MailsteadServer.StartAsync(environment: new()
        {
            ["MAILSTEAD_Keys__Provider"] = "aws-kms",
            ["MAILSTEAD_Keys__AwsKmsEndpoint"] = demo.Server.Http,
            ["MAILSTEAD_Keys__AwsKmsAccessKeyId"] = user.Environment["AWS_ACCESS_KEY_ID"],
            ["MAILSTEAD_Keys__AwsKmsSecretAccessKey"] = user.Environment["AWS_SECRET_ACCESS_KEY"],
        });
        using var admin = new AdminApi(server);
        var arn = Text(await admin.CallAsync("DescribeOrganization", new { OrganizationId = await admin.OrganizationAsync() }), "ARN");

        // Each use is in the other's log, with the organization in the encryption context.
        var uses = (await outer.RunAsync("cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=Username,AttributeValue=mailstead-inside")).GetProperty("Events")
            .EnumerateArray().Select(call => JsonDocument.Parse(Text(call, "CloudTrailEvent")).RootElement).ToList();
        var sealing = uses.First(use => Text(use, "eventName") == "Encrypt");
        Assert.Equal(arn, Text(sealing.GetProperty("requestParameters").GetProperty("encryptionContext"), "aws:workmail:arn"));
        var key = Text(sealing.GetProperty("requestParameters"), "keyId");

        using var client = await Mailbox.ConnectAsync(server);
        await client.AuthenticateAsync(DemoServer.Alice, server.Passwords[DemoServer.Alice], TestContext.Current.CancellationToken);
        await client.Inbox!.OpenAsync(MailKit.FolderAccess.ReadWrite, TestContext.Current.CancellationToken);
        await client.Inbox.AppendAsync(new MailKit.AppendRequest(new MimeKit.MimeMessage { Subject = "kept" }), TestContext.Current.CancellationToken);

        var ownKeys = new Aws(server);
        var own = Text((await ownKeys.RunAsync("kms", "list-keys")).GetProperty("Keys")[0], "KeyId");
        Assert.Equal("AWS", Text((await ownKeys.RunAsync("kms", "describe-key", "--key-id", own)).GetProperty("KeyMetadata"), "KeyManager"));

        await outer.RunAsync("kms", "disable-key", "--key-id", key);
        var told = "";
        await WaitAsync(async () => (told = await FailureAsync()).Length > 0, "it is locked");
        Assert.Contains("AWS KMS refuses", told, StringComparison.Ordinal);
        await outer.RunAsync("kms", "enable-key", "--key-id", key);
        await WaitAsync(async () => (await FailureAsync()).Length == 0, "it is open");

        async Task<string> FailureAsync()
        {
            try
            {
                Assert.Equal("kept", (await client.Inbox.GetMessageAsync(0, TestContext.Current.CancellationToken)).Subject);
                return "";
            }
            catch (MailKit.Net.Imap.ImapCommandException refused)
            {
                return refused.ResponseText ?? refused.Message;
            }
        }
    }

    private static async Task WaitAsync(Func<Task<bool>> isSo, string what)
    {
        for (var waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(500, TestContext.Current.CancellationToken))
            Assert.True(waited.Elapsed < Patience, $"not within {Patience}: {what}");
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}

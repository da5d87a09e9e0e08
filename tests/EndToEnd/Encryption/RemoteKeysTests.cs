using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Mailstead.Cluster.Harness;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Encryption;

/// <summary>Installations whose keys live in another one's key service, which they call as they would AWS KMS, in Vault and in a security module.</summary>
public sealed class RemoteKeysTests(DemoServer demo) : IClassFixture<DemoServer>
{
    /// <summary>A key that was had before is kept for a minute.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Aws outer = new(demo.Server);

    [Fact]
    public async Task Keys_live_in_another_installation_and_whoever_has_them_there_decides()
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
        await AppendAsync(client, server);

        var ownKeys = new Aws(server);
        var own = Text((await ownKeys.RunAsync("kms", "list-keys")).GetProperty("Keys")[0], "KeyId");
        Assert.Equal("AWS", Text((await ownKeys.RunAsync("kms", "describe-key", "--key-id", own)).GetProperty("KeyMetadata"), "KeyManager"));

        await outer.RunAsync("kms", "disable-key", "--key-id", key);
        var told = "";
        await WaitAsync(async () => (told = await FailureAsync(client)).Length > 0, "it is locked");
        Assert.Contains("AWS KMS refuses", told, StringComparison.Ordinal);
        await outer.RunAsync("kms", "enable-key", "--key-id", key);
        await WaitAsync(async () => (await FailureAsync(client)).Length == 0, "it is open");
    }

    [Fact]
    public async Task Keys_live_in_vault()
    {
        using var vault = new TransitEngine(FreePorts.Take(1)[0]);
        var tokens = Directory.CreateTempSubdirectory("mailstead-vault-");
        var tokenFile = Path.Combine(tokens.FullName, "token");
        await File.WriteAllTextAsync(tokenFile, vault.Token + "\n");
        await using var server = await MailsteadServer.StartAsync(environment: new()
        {
            ["MAILSTEAD_Keys__Provider"] = "vault",
            ["MAILSTEAD_Keys__VaultAddress"] = vault.Address,
            ["MAILSTEAD_Keys__VaultTokenFile"] = tokenFile,
        });
        await EncryptsAsync(server);
        using var client = await Mailbox.ConnectAsync(server);
        await AppendAsync(client, server);
        Assert.Contains(vault.Requests, request => request.StartsWith("POST /v1/transit/encrypt/mailstead-", StringComparison.Ordinal));

        // A token that ended, the next one that an agent writes, and a seal. Nothing is kept of what the KMS face asks.
        using var admin = new AdminApi(server);
        var key = Text((await admin.CallAsync("TrentService.CreateKey", new { })).GetProperty("KeyMetadata"), "KeyId");
        vault.Token = "the next";
        await ExpectAsync("KMSInvalidStateException");
        await File.WriteAllTextAsync(tokenFile, vault.Token);
        await ExpectAsync("");
        vault.IsSealed = true;
        await ExpectAsync("DependencyTimeoutException");
        vault.IsSealed = false;
        await ExpectAsync("");
        tokens.Delete(recursive: true);

        Task ExpectAsync(string error) => new Aws(server).ExpectAsync("kms", ("encrypt", new { KeyId = key, Plaintext = "eA==" }, error));
    }

    [Fact]
    public async Task Keys_live_in_a_security_module()
    {
        var folder = Directory.CreateTempSubdirectory("mailstead-softhsm-");
        var configuration = Path.Combine(folder.FullName, "softhsm2.conf");
        await File.WriteAllTextAsync(configuration, $"directories.tokendir = {folder.FullName}\nobjectstore.backend = file\nlog.level = ERROR\n");
        Dictionary<string, string> environment = new() { ["SOFTHSM2_CONF"] = configuration };
        await Tool.MustAsync("softhsm2-util", ["--init-token", "--free", "--label", "mail", "--so-pin", "security-officer", "--pin", "a-user-pin"], environment);

        environment["MAILSTEAD_Keys__Provider"] = "pkcs11";
        environment["MAILSTEAD_Keys__Pkcs11Library"] = "/usr/lib/softhsm/libsofthsm2.so";
        environment["MAILSTEAD_Keys__Pkcs11TokenLabel"] = "mail";
        environment["MAILSTEAD_Keys__Pkcs11Pin"] = "a-user-pin";
        await using (var server = await MailsteadServer.StartAsync(environment: environment))
        {
            var opened = await EncryptsAsync(server);
            using (var client = await Mailbox.ConnectAsync(server))
                await AppendAsync(client, server);

            await server.KillAsync();
            await server.LaunchAsync();
            using var again = await Mailbox.ConnectAsync(server);
            await SignInAsync(again, server);
            Assert.Equal("", await FailureAsync(again));
            await opened();
            Assert.DoesNotContain("a-user-pin", server.Log, StringComparison.Ordinal);
        }

        folder.Delete(recursive: true);
    }

    /// <summary>The KMS face over the provider: contexts bind, new material closes, old opens. Gives a check that it still does.</summary>
    private static async Task<Func<Task>> EncryptsAsync(MailsteadServer server)
    {
        using var admin = new AdminApi(server);
        var aws = new Aws(server);
        var key = (await admin.CallAsync("TrentService.CreateKey", new { })).GetProperty("KeyMetadata").GetProperty("KeyId").GetString()!;
        var context = new Dictionary<string, string> { ["place"] = "here", ["time"] = "now" };
        var first = await EncryptAsync("first");
        await admin.CallAsync("TrentService.RotateKeyOnDemand", new { KeyId = key });
        var second = await EncryptAsync("second");
        await OpensAsync(admin);
        var damaged = Convert.FromBase64String(second);
        damaged[^1] ^= 1;
        await aws.ExpectAsync("kms",
            ("decrypt", new { CiphertextBlob = second, EncryptionContext = new { place = "there", time = "now" } }, "InvalidCiphertextException"),
            ("decrypt", new { CiphertextBlob = second }, "InvalidCiphertextException"),
            ("decrypt", new { CiphertextBlob = Convert.ToBase64String(damaged), EncryptionContext = context }, "InvalidCiphertextException"));
        return async () =>
        {
            using var again = new AdminApi(server);
            await OpensAsync(again);
        };

        async Task<string> EncryptAsync(string text) => (await admin.CallAsync(
            "TrentService.Encrypt", new { KeyId = key, Plaintext = Encoding.UTF8.GetBytes(text), EncryptionContext = context })).GetProperty("CiphertextBlob").GetString()!;

        async Task OpensAsync(AdminApi api)
        {
            foreach (var (text, ciphertext) in new[] { ("first", first), ("second", second) })
            {
                var answer = await api.CallAsync("TrentService.Decrypt", new { CiphertextBlob = ciphertext, EncryptionContext = context });
                Assert.Equal(text, Encoding.UTF8.GetString(answer.GetProperty("Plaintext").GetBytesFromBase64()));
            }
        }
    }

    private static async Task SignInAsync(MailKit.Net.Imap.ImapClient client, MailsteadServer server)
    {
        await client.AuthenticateAsync(DemoServer.Alice, server.Passwords[DemoServer.Alice], TestContext.Current.CancellationToken);
        await client.Inbox!.OpenAsync(MailKit.FolderAccess.ReadWrite, TestContext.Current.CancellationToken);
    }

    private static async Task AppendAsync(MailKit.Net.Imap.ImapClient client, MailsteadServer server)
    {
        await SignInAsync(client, server);
        await client.Inbox!.AppendAsync(new MailKit.AppendRequest(new MimeKit.MimeMessage { Subject = "kept" }), TestContext.Current.CancellationToken);
    }

    private static async Task<string> FailureAsync(MailKit.Net.Imap.ImapClient client)
    {
        try
        {
            Assert.Equal("kept", (await client.Inbox!.GetMessageAsync(0, TestContext.Current.CancellationToken)).Subject);
            return "";
        }
        catch (MailKit.Net.Imap.ImapCommandException refused)
        {
            return refused.ResponseText ?? refused.Message;
        }
    }

    private static async Task WaitAsync(Func<Task<bool>> isSo, string what)
    {
        for (var waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(500, TestContext.Current.CancellationToken))
            Assert.True(waited.Elapsed < Patience, $"not within {Patience}: {what}");
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}

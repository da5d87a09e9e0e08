using System.Diagnostics;
using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Encryption;

/// <summary>An organization under a key of its administrator's: whoever takes the grant away locks its mailboxes, and loses nothing.</summary>
public sealed class KeyRevocationTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Password = "Correct-horse-7";
    private const string User = "holder@vault.mailstead.test";

    /// <summary>A key that was had before is kept for a minute.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Aws aws = new(demo.Server);

    [Fact]
    public async Task A_revoked_grant_locks_the_mailboxes_and_another_opens_them()
    {
        var key = Text((await aws.RunAsync("kms", "create-key")).GetProperty("KeyMetadata"), "Arn");
        var o = Text(await aws.WorkMailAsync("create-organization", "--alias", "vault", "--kms-key-arn", key), "OrganizationId");
        using var admin = new AdminApi(demo.Server);
        await WaitAsync(async () => Text(await admin.CallAsync("DescribeOrganization", new { OrganizationId = o }), "State") == "Active", "the organization is active");
        await admin.CreateUserAsync(o, User, Password);
        var sent = await SendAsync("before");
        Assert.StartsWith("250", sent, StringComparison.Ordinal);
        await using var session = await SignInAsync();
        await WaitAsync(async () => (await session.SayAsync("STATUS INBOX (MESSAGES)"))[0].Contains("MESSAGES 1", StringComparison.Ordinal), "the message is there");
        await session.SayAsync("SELECT INBOX");

        var grant = Assert.Single((await aws.RunAsync("kms", "list-grants", "--key-id", key)).GetProperty("Grants").EnumerateArray());
        await aws.RunAsync("kms", "revoke-grant", "--key-id", key, "--grant-id", Text(grant, "GrantId"));
        Assert.Empty((await aws.RunAsync("kms", "list-grants", "--key-id", key)).GetProperty("Grants").EnumerateArray());

        var told = "";
        await WaitAsync(async () => (told = (await session.SayAsync("FETCH 1 BODY[]"))[^1]).Contains(" NO ", StringComparison.Ordinal), "it is locked");
        Assert.Contains("revoked", told, StringComparison.Ordinal);
        await WaitAsync(async () => (told = await aws.RefusedOrNothingAsync("list-users", "--organization-id", o)).Length > 0, "its administrators are told, too");
        Assert.Contains("OrganizationStateException", told, StringComparison.Ordinal);
        Assert.Contains("revoked", told, StringComparison.Ordinal);
        await WaitAsync(async () => (await SendAsync("meanwhile")).StartsWith('4'), "mail for it is put off");

        // The administrator of the key grants its use anew, for this organization and no other.
        var arn = Text(await admin.CallAsync("DescribeOrganization", new { OrganizationId = o }), "ARN");
        await aws.RunAsync("kms", "create-grant", "--key-id", key, "--grantee-principal", "workmail.us-east-1.amazonaws.com", "--operations", "Encrypt", "Decrypt",
            "--constraints", $"EncryptionContextSubset={{aws:workmail:arn={arn}}}");
        await WaitAsync(async () => (await session.SayAsync("FETCH 1 BODY[]"))[^1].Contains(" OK ", StringComparison.Ordinal), "it is open");
        await WaitAsync(async () => (await SendAsync("after")).StartsWith("250", StringComparison.Ordinal), "mail is taken");
        await WaitAsync(async () => (await session.SayAsync("SEARCH SUBJECT after"))[0].TrimEnd() != "* SEARCH", "mail arrives");

        var uses = (await aws.RunAsync("cloudtrail", "lookup-events", "--lookup-attributes", $"AttributeKey=ResourceName,AttributeValue={key}")).GetProperty("Events");
        Assert.Subset(
            uses.EnumerateArray().Select(call => Text(call, "EventName")).ToHashSet(), new HashSet<string> { "CreateGrant", "Encrypt", "Decrypt", "RevokeGrant" });
        await admin.CallAsync("DeleteOrganization", new { OrganizationId = o, DeleteDirectory = true, ForceDelete = true });
    }

    /// <summary>The rights to administer organizations are none to take whatever key there is.</summary>
    [Fact]
    public async Task Only_who_may_grant_a_keys_use_gives_it_to_an_organization()
    {
        var key = Text((await aws.RunAsync("kms", "create-key")).GetProperty("KeyMetadata"), "Arn");
        var user = await aws.AsUserAsync("creator");
        await aws.RunAsync("iam", "attach-user-policy", "--user-name", "creator", "--policy-arn", "arn:aws:iam::aws:policy/AmazonWorkMailFullAccess");
        var denied = await user.RefusedAsync("create-organization", "--alias", "grabbed", "--kms-key-arn", key);
        Assert.Contains("AccessDeniedException", denied, StringComparison.Ordinal);
        Assert.Contains("kms:CreateGrant", denied, StringComparison.Ordinal);

        await aws.RunAsync("iam", "put-user-policy", "--user-name", "creator", "--policy-name", "grants", "--policy-document",
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:CreateGrant","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"workmail.us-east-1.amazonaws.com"}}}]}""");
        var o = Text(await user.WorkMailAsync("create-organization", "--alias", "granted", "--kms-key-arn", key), "OrganizationId");
        // By way of Mailstead it may, and directly not.
        Assert.Contains("AccessDenied", await user.FailAsync(
            "kms", "create-grant", "--key-id", key, "--grantee-principal", "workmail.us-east-1.amazonaws.com", "--operations", "Encrypt"), StringComparison.Ordinal);
        await aws.WorkMailAsync("delete-organization", "--organization-id", o, "--delete-directory");
    }

    private async Task<ImapLines> SignInAsync()
    {
        var session = await ImapLines.OpenTlsAsync(demo.Server);
        await session.LineAsync();
        Assert.Contains("OK", (await session.SayAsync($"LOGIN {User} \"{Password}\""))[^1], StringComparison.Ordinal);
        return session;
    }

    /// <summary>The first answer that settles it: to RCPT when it is refused there, else to the message.</summary>
    private async Task<string> SendAsync(string subject)
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example");
        await session.SayAsync("MAIL FROM:<>");
        var answer = await session.SayAsync($"RCPT TO:<{User}>");
        if (!answer.StartsWith("250", StringComparison.Ordinal))
            return answer;
        answer = await session.SayAsync("DATA");
        return answer.StartsWith("354", StringComparison.Ordinal) ? await session.SayAsync($"Subject: {subject}\r\n\r\ntext\r\n.") : answer;
    }

    private static async Task WaitAsync(Func<Task<bool>> isSo, string what)
    {
        for (var waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(500, TestContext.Current.CancellationToken))
            Assert.True(waited.Elapsed < Patience, $"not within {Patience}: {what}");
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}

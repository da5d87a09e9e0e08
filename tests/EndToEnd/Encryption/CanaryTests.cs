using System.Text;
using MailKit;
using MailKit.Search;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.Encryption;

/// <summary>Nothing that a customer provided is on disk or in a log in the clear, at any moment; and it is in the mailbox.</summary>
public sealed class CanaryTests : IAsyncLifetime
{
    private const string Password = "Canary-test-2046";

    private readonly Dictionary<string, Canary> canaries = new[]
        {
            "subject", "body", "attachment", "file name", "sender", "local part", "display name", "alias", "group", "folder", "keyword",
            "unknown recipient", "unfinished body", "remote recipient", "wrong login", "organization",
            "description", "tag", "tag value", "rule", "rule description", "role", "policy", "device rule", "device model", "override", "partner password",
            "export prefix",
        }
        .ToDictionary(place => place, place => new Canary(place));

    private readonly string temporary = Directory.CreateTempSubdirectory("mailstead-canary-").FullName;
    private MailsteadServer server = null!;
    private string domain = "";
    private string user = "";

    public async ValueTask InitializeAsync() => server = await MailsteadServer.StartAsync(
        // No resolver answers there, so that mail to elsewhere stays in the queue.
        ["--dns", "127.0.0.1:9"],
        new Dictionary<string, string>
        {
            ["TMPDIR"] = temporary,
            ["SQLITE_TMPDIR"] = temporary,
            // Its pipes would lie among the temporary files.
            ["DOTNET_EnableDiagnostics"] = "0",
            ["MAILSTEAD_Logging__LogLevel__Default"] = "Debug",
        });

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(temporary, recursive: true);
    }

    [Fact]
    public async Task What_a_customer_provides_is_nowhere_in_the_clear()
    {
        await AdministerAsync();
        await LookAsync("after administration");
        await ReceiveAsync();
        await LookAsync("after delivery");
        await UseMailboxAsync();
        await LookAsync("after use of the mailbox");
        var taken = await server.RunAsync("backup", "take", Path.Combine(server.Data, "backups"));
        Assert.True(taken.ExitCode == 0, taken.Errors);
        await LookAsync("in a backup");
        await SubmitAsync();
        await LookAsync("with mail in the queue");
        await FailAsync();
        await LookAsync("after failures");
        await ReceiveHalfAsync();
        await LookAsync("after SIGKILL");
        await server.LaunchAsync();
        await SeeInMailboxAsync();
        Assert.Equal(0, await server.StopAsync());
        await LookAsync("after the end");

        await PlantAsync();
    }

    private string WordOf(string place) => canaries[place].Word;

    private async Task AdministerAsync()
    {
        using var admin = new AdminApi(server);
        await admin.CallAsync("CreateOrganization", new { Alias = WordOf("organization") });
        string organization;
        while (true)
        {
            organization = await admin.OrganizationAsync(WordOf("organization"));
            var state = await admin.CallAsync("DescribeOrganization", new { OrganizationId = organization });
            if (state.GetProperty("State").GetString() == "Active")
                break;
            await Task.Delay(100);
        }

        domain = WordOf("organization") + ".mailstead.test";
        user = $"{WordOf("local part")}@{domain}";
        var id = await admin.CreateUserAsync(organization, user, Password, WordOf("display name"));
        await admin.CallAsync("CreateAlias", new { OrganizationId = organization, EntityId = id, Alias = $"{WordOf("alias")}@{domain}" });
        await admin.CreateGroupAsync(organization, $"{WordOf("group")}@{domain}", id);
        await admin.CallAsync("CreateResource", new { OrganizationId = organization, Name = "room", Type = "ROOM", Description = WordOf("description") });
        var arn = (await admin.CallAsync("DescribeOrganization", new { OrganizationId = organization })).GetProperty("ARN").GetString();
        await admin.CallAsync("TagResource", new { ResourceARN = arn, Tags = new[] { new { Key = WordOf("tag"), Value = WordOf("tag value") } } });
        await SetAsync(admin, organization, id);
    }

    private async Task SetAsync(AdminApi admin, string o, string id)
    {
        await admin.CallAsync("PutAccessControlRule", new { OrganizationId = o, Name = WordOf("rule"), Effect = "ALLOW", Description = WordOf("rule description") });
        await admin.CallAsync("CreateImpersonationRole", new { OrganizationId = o, Name = WordOf("role"), Type = "READ_ONLY", Rules = Array.Empty<object>() });
        await admin.CallAsync("PutRetentionPolicy", new { OrganizationId = o, Name = WordOf("policy"), FolderConfigurations = new[] { new { Name = "INBOX", Action = "NONE" } } });
        await admin.CallAsync("CreateMobileDeviceAccessRule", new { OrganizationId = o, Name = WordOf("device rule"), Effect = "ALLOW", DeviceModels = new[] { WordOf("device model") } });
        await admin.CallAsync("PutMobileDeviceAccessOverride", new { OrganizationId = o, UserId = id, DeviceId = "A1", Effect = "ALLOW", Description = WordOf("override") });
        await admin.CallAsync("CreateAvailabilityConfiguration", new
        {
            OrganizationId = o,
            DomainName = "partner.example",
            EwsProvider = new { EwsEndpoint = "https://partner.example/", EwsUsername = "reader", EwsPassword = WordOf("partner password") },
        });
        await admin.CallAsync("StartMailboxExportJob", new
        {
            OrganizationId = o,
            EntityId = id,
            ClientToken = "t",
            RoleArn = "arn:aws:iam::123456789012:role/Export",
            KmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555",
            S3BucketName = "archive",
            S3Prefix = WordOf("export prefix"),
        });
    }

    private string Message()
    {
        var attachment = Convert.ToBase64String(Encoding.UTF8.GetBytes($"secret: {WordOf("attachment")} and more of it"));
        return $"""
            From: Somebody <{WordOf("sender")}@example.org>
            Subject: =?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes("About " + WordOf("subject") + " and more"))}?=
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=x

            --x
            Content-Type: text/plain; charset=utf-8

            Text with {WordOf("body")} in it.
            --x
            Content-Type: application/octet-stream; name="{WordOf("file name")}.bin"
            Content-Transfer-Encoding: base64

            {attachment}
            --x--
            """.ReplaceLineEndings("\r\n");
    }

    private async Task ReceiveAsync()
    {
        using var session = await SmtpSession.OpenAsync(server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        var reply = await session.SendMessageAsync(
            $"<{WordOf("sender")}@example.org> ENVID={WordOf("subject")}",
            [$"<{user}> ORCPT=rfc822;{WordOf("sender")}@example.org", $"<{WordOf("alias")}@{domain}>", $"<{WordOf("group")}@{domain}>"],
            Message());
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
    }

    private async Task UseMailboxAsync()
    {
        using var client = await Mailbox.ConnectAsync(server);
        await client.AuthenticateAsync(user, Password);
        var folder = (await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync(WordOf("folder"), isMessageFolder: true))!;
        await folder.AppendAsync(await MimeMessage.LoadAsync(new MemoryStream(Encoding.UTF8.GetBytes(Message()))));
        await folder.OpenAsync(FolderAccess.ReadWrite);
        await folder.AddFlagsAsync(0, MessageFlags.Seen, [WordOf("keyword")], silent: false);
        Assert.Single(await folder.SearchAsync(SearchQuery.BodyContains(WordOf("body"))));
        Assert.Single(await folder.SearchAsync(SearchQuery.HasKeyword(WordOf("keyword"))));
    }

    private async Task SubmitAsync()
    {
        using var session = await SmtpSession.SignInAsync(server, user, Password);
        var reply = await session.SendMessageAsync(
            $"<{user}>", [$"<{WordOf("remote recipient")}@elsewhere.example>"], Message().Replace(WordOf("sender") + "@example.org", user, StringComparison.Ordinal));
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        await Task.Delay(500);
    }

    private async Task FailAsync()
    {
        using var session = await SmtpSession.OpenAsync(server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        await session.MustAsync($"MAIL FROM:<{WordOf("sender")}@example.org>", "250");
        await session.MustAsync($"RCPT TO:<{WordOf("unknown recipient")}@{domain}>", "550");
        using var client = await Mailbox.ConnectAsync(server);
        await Assert.ThrowsAsync<MailKit.Security.AuthenticationException>(() => client.AuthenticateAsync(WordOf("wrong login") + "@" + domain, "x"));
    }

    private async Task ReceiveHalfAsync()
    {
        using var session = await SmtpSession.OpenAsync(server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        await session.MustAsync($"MAIL FROM:<{WordOf("sender")}@example.org>", "250");
        await session.MustAsync($"RCPT TO:<{user}>", "250");
        await session.MustAsync("DATA", "354");
        var line = $"Some words around {WordOf("unfinished body")} in a long message.\r\n";
        await session.SendAsync($"Subject: {WordOf("unfinished body")}\r\n\r\n" + string.Concat(Enumerable.Repeat(line, 20_000)));
        await Task.Delay(500);
        await LookAsync("amid a message");
        await server.KillAsync();
    }

    private async Task SeeInMailboxAsync()
    {
        using var client = await Mailbox.ConnectAsync(server);
        await client.AuthenticateAsync(user, Password);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        Assert.Equal(1, client.Inbox.Count);
        var message = await client.Inbox.GetMessageAsync(0);
        Assert.Contains(WordOf("subject"), message.Subject, StringComparison.Ordinal);
        Assert.Contains(WordOf("body"), message.TextBody, StringComparison.Ordinal);
        var folder = await client.GetFolderAsync(WordOf("folder"));
        await folder.OpenAsync(FolderAccess.ReadOnly);
        Assert.Single(await folder.SearchAsync(SearchQuery.HasKeyword(WordOf("keyword"))));
    }

    /// <summary>The look itself must be able to find something.</summary>
    private async Task PlantAsync()
    {
        var file = Path.Combine(temporary, "planted");
        File.WriteAllText(file, "x" + Convert.ToBase64String(Encoding.UTF8.GetBytes($"a {WordOf("body")} b")));
        Assert.Contains(await FoundAsync(), found => found.Contains("base64", StringComparison.Ordinal));
        if (!Shape.IsCluster)
            return;
        await EngineContents.PlantAsync(server, WordOf("body"));
        foreach (var engine in new[] { "PostgreSQL", "RabbitMQ", "Redis", "object" })
            Assert.Contains(await FoundAsync(), found => found.Contains("in " + engine, StringComparison.Ordinal));
    }

    private async Task LookAsync(string moment)
    {
        var found = await FoundAsync();
        Assert.True(found.Count == 0, $"{moment}:\n{string.Join('\n', found)}");
    }

    private async Task<List<string>> FoundAsync()
    {
        var found = new List<string>();
        foreach (var folder in new[] { server.Data, temporary })
        {
            // The lock file is empty, and can't be opened while it is held.
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock"))
                Search(Path.GetRelativePath(folder, file), ReadAll(file), found);
        }

        await foreach (var (place, octets) in EngineContents.ReadAsync(server))
            Search(place, octets, found);
        Search("what it printed", Encoding.UTF8.GetBytes(server.Log), found);
        return found;
    }

    private void Search(string where, byte[] octets, List<string> found)
    {
        if (!Canary.MayBeIn(octets))
            return;
        foreach (var canary in canaries.Values)
            found.AddRange(canary.FormsIn(octets).Select(form => $"{canary.Place} in {where}: {form}"));
    }

    /// <summary>Files that the server has open, and may delete, meanwhile.</summary>
    internal static byte[] ReadAll(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var octets = new MemoryStream();
            stream.CopyTo(octets);
            return octets.ToArray();
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }
}

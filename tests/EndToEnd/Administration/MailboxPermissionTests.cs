using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Permissions in others' mailboxes: given by Debian's AWS CLI, used in submission and in IMAP.</summary>
public sealed class MailboxPermissionTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Nowhere = "m-00000000000000000000000000000000";
    private const string Shared = "Other Users/alice@demo.mailstead.test";

    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task Sending_as_another_needs_the_permission_and_ends_with_it()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        using var bob = await SubmitterAsync(DemoServer.Bob);
        Assert.StartsWith("553 5.7.1", await bob.SayAsync($"MAIL FROM:<{DemoServer.Alice}>"), StringComparison.Ordinal);
        Assert.StartsWith("553 5.7.1", await SendAsync(bob, DemoServer.Bob, $"From: {DemoServer.Alice}"), StringComparison.Ordinal);

        await PutAsync(o, "alice", "bob", "SEND_AS");
        Assert.StartsWith("250", await SendAsync(bob, DemoServer.Alice, $"From: {DemoServer.Alice}", subject: "as alice"), StringComparison.Ordinal);
        using (var carol = await Mailbox.OpenAsync(demo, DemoServer.Carol))
        {
            var message = await carol.WaitForSubjectAsync("as alice");
            Assert.Null(message.Sender);
            Assert.Equal(DemoServer.Alice, message.From.Mailboxes.Single().Address);
        }

        await PutAsync(o, "alice", "bob", "SEND_ON_BEHALF");
        Assert.StartsWith("250", await SendAsync(bob, DemoServer.Bob, $"From: {DemoServer.Alice}", subject: "on behalf"), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(bob, DemoServer.Bob, $"From: {DemoServer.Alice}\r\nSender: {DemoServer.Bob}", subject: "named"), StringComparison.Ordinal);
        Assert.StartsWith("553 5.7.1", await SendAsync(bob, DemoServer.Bob, $"From: {DemoServer.Alice}\r\nSender: {DemoServer.Alice}"), StringComparison.Ordinal);
        Assert.StartsWith("553 5.7.1", await SendAsync(bob, DemoServer.Bob, $"From: {DemoServer.Alice}\r\nSender: {DemoServer.Carol}"), StringComparison.Ordinal);
        using (var carol = await Mailbox.OpenAsync(demo, DemoServer.Carol))
        {
            foreach (var subject in new[] { "on behalf", "named" })
            {
                var message = await carol.WaitForSubjectAsync(subject);
                Assert.Equal(DemoServer.Bob, message.Sender!.Address);
                Assert.Equal(DemoServer.Alice, message.From.Mailboxes.Single().Address);
            }
        }

        await aws.WorkMailAsync("delete-mailbox-permissions", "--organization-id", o, "--entity-id", DemoServer.Alice, "--grantee-id", DemoServer.Bob);
        Assert.StartsWith("553 5.7.1", await SendAsync(bob, DemoServer.Bob, $"From: {DemoServer.Alice}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_passes_its_permissions_on_and_a_groups_address_can_be_lent()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var results = await sdk.RunAsync(
            ("CreateGroup", new { OrganizationId = o, Name = "office" }),
            ("RegisterToWorkMail", new { OrganizationId = o, EntityId = "office", Email = "office@demo.mailstead.test" }),
            ("CreateGroup", new { OrganizationId = o, Name = "interns" }),
            ("RegisterToWorkMail", new { OrganizationId = o, EntityId = "interns", Email = "interns@demo.mailstead.test" }),
            ("AssociateMemberToGroup", new { OrganizationId = o, GroupId = "office", MemberId = "interns" }),
            ("AssociateMemberToGroup", new { OrganizationId = o, GroupId = "interns", MemberId = "office" }),
            ("AssociateMemberToGroup", new { OrganizationId = o, GroupId = "interns", MemberId = "carol" }),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "bob", GranteeId = "office", PermissionValues = new[] { "SEND_AS" } }),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "office", GranteeId = "carol", PermissionValues = new[] { "SEND_AS" } }));
        Assert.All(results, result => AwsSdk.AnswerOf(result));
        using var carol = await SubmitterAsync(DemoServer.Carol);

        Assert.StartsWith("250", await SendAsync(carol, DemoServer.Bob, $"From: {DemoServer.Bob}"), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(carol, DemoServer.Carol, "From: office@demo.mailstead.test"), StringComparison.Ordinal);
        await aws.WorkMailAsync("disassociate-member-from-group", "--organization-id", o, "--group-id", await GroupIdAsync(o, "interns"), "--member-id", await aws.UserIdAsync(o, "carol"));
        Assert.StartsWith("553", await SendAsync(carol, DemoServer.Bob, $"From: {DemoServer.Bob}"), StringComparison.Ordinal);
        Assert.StartsWith("250", await SendAsync(carol, DemoServer.Carol, "From: office@demo.mailstead.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Full_access_opens_the_mailbox_in_imap_and_its_end_closes_it()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        await Tool.MustAsync("swaks", ["--server", $"127.0.0.1:{demo.Server.Smtp}", "--from", "a@example.org", "--to", DemoServer.Alice, "--header", "Subject: shared"]);
        using (var alice = await Mailbox.OpenAsync(demo, DemoServer.Alice))
            await alice.WaitForSubjectAsync("shared");
        await using var bob = await ImapLines.SignInAsync(demo, DemoServer.Bob);
        Assert.Contains("* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) NIL", await bob.SayAsync("NAMESPACE"));
        Assert.DoesNotContain(await bob.SayAsync("LIST \"\" \"*\""), line => line.Contains("Other Users", StringComparison.Ordinal));
        Assert.Contains("NO [NONEXISTENT]", (await bob.SayAsync($"SELECT \"{Shared}/INBOX\""))[^1], StringComparison.Ordinal);

        await PutAsync(o, "alice", "bob", "FULL_ACCESS");
        Assert.Contains($"* LIST (\\HasNoChildren) \"/\" \"{Shared}/INBOX\"", await bob.SayAsync("LIST \"\" \"*\""));
        Assert.Contains("* LIST (\\HasChildren \\NonExistent \\Noselect) \"/\" \"Other Users\"", await bob.SayAsync("LIST \"\" %"));
        Assert.Contains($"* LSUB () \"/\" \"{Shared}/INBOX\"", await bob.SayAsync($"LSUB \"\" \"{Shared}/*\""));
        Assert.Contains(await bob.SayAsync($"STATUS \"{Shared}/INBOX\" (MESSAGES)"), line => line.EndsWith("(MESSAGES 1)", StringComparison.Ordinal));
        Assert.Contains($"* QUOTAROOT \"{Shared}/INBOX\" \"{Shared}\"", await bob.SayAsync($"GETQUOTAROOT \"{Shared}/INBOX\""));
        await ReadAndWriteAsync(bob);

        // What the owner gets is told at once to whoever looks.
        await bob.SayAsync($"SELECT \"{Shared}/INBOX\"");
        await Tool.MustAsync("swaks", ["--server", $"127.0.0.1:{demo.Server.Smtp}", "--from", "a@example.org", "--to", DemoServer.Alice, "--header", "Subject: another"]);
        await bob.SendAsync("i1 IDLE\r\n");
        await bob.LinesUntilAsync("* 2 EXISTS");
        await bob.SendAsync("DONE\r\n");
        await bob.LinesUntilAsync("i1 ");

        await using var elsewhere = await ImapLines.SignInAsync(demo, DemoServer.Bob);
        await elsewhere.SayAsync("SELECT INBOX");
        await aws.WorkMailAsync("put-mailbox-permissions", "--organization-id", o, "--entity-id", DemoServer.Alice, "--grantee-id", DemoServer.Bob, "--permission-values");
        Assert.Contains("Your access has changed", (await bob.LinesUntilAsync("* BYE"))[^1], StringComparison.Ordinal);
        Assert.Contains(" OK ", (await elsewhere.SayAsync("NOOP"))[^1], StringComparison.Ordinal);
        Assert.Contains("NO [NONEXISTENT]", (await elsewhere.SayAsync($"SELECT \"{Shared}/INBOX\""))[^1], StringComparison.Ordinal);
        Assert.Empty((await aws.WorkMailAsync("list-mailbox-permissions", "--organization-id", o, "--entity-id", DemoServer.Alice)).GetProperty("Permissions").EnumerateArray());
    }

    [Fact]
    public async Task Permissions_are_listed_in_pages()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        await PutAsync(o, "carol", "alice", "FULL_ACCESS", "SEND_AS", "SEND_ON_BEHALF");
        await PutAsync(o, "carol", "bob", "SEND_AS");
        var pages = (await sdk.RunAsync(("pages:ListMailboxPermissions", new { OrganizationId = o, EntityId = "carol", MaxResults = 1 })))[0].GetProperty("pages");
        var permissions = pages.EnumerateArray().SelectMany(page => page.GetProperty("Permissions").EnumerateArray()).ToList();
        Assert.Equal(
            new[] { $"{await aws.UserIdAsync(o, "alice")} USER FULL_ACCESS,SEND_AS,SEND_ON_BEHALF", $"{await aws.UserIdAsync(o, "bob")} USER SEND_AS" }.Order(),
            permissions.Select(one => $"{Text(one, "GranteeId")} {Text(one, "GranteeType")} {string.Join(',', one.GetProperty("PermissionValues").EnumerateArray())}").Order());
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        string[] all = ["FULL_ACCESS", "SEND_AS"];
        string[] sendAs = ["SEND_AS"];
        await sdk.ExpectAsync(
            ("CreateGroup", new { OrganizationId = o, Name = "team" }, ""),
            ("RegisterToWorkMail", new { OrganizationId = o, EntityId = "team", Email = "team@demo.mailstead.test" }, ""),
            ("CreateResource", new { OrganizationId = o, Name = "van", Type = "EQUIPMENT" }, ""),
            ("RegisterToWorkMail", new { OrganizationId = o, EntityId = "van", Email = "van@demo.mailstead.test" }, ""),
            ("CreateUser", new { OrganizationId = o, Name = "asleep", DisplayName = "Asleep" }, ""),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "van", GranteeId = "alice", PermissionValues = all }, ""),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "team", GranteeId = "alice", PermissionValues = all }, "InvalidParameterException"),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "bob", GranteeId = "team", PermissionValues = all }, "InvalidParameterException"),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "bob", GranteeId = "van", PermissionValues = sendAs }, "InvalidParameterException"),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "bob", GranteeId = "bob", PermissionValues = sendAs }, "InvalidParameterException"),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "bob", GranteeId = "alice", PermissionValues = new[] { "OWN" } }, "InvalidParameterException"),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "bob", GranteeId = "alice" }, "InvalidParameterException"),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "asleep", GranteeId = "alice", PermissionValues = sendAs }, "EntityStateException"),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "alice", GranteeId = "asleep", PermissionValues = sendAs }, "EntityStateException"),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "nobody", GranteeId = "alice", PermissionValues = sendAs }, "EntityNotFoundException"),
            ("PutMailboxPermissions", new { OrganizationId = o, EntityId = "alice", GranteeId = "nobody", PermissionValues = sendAs }, "EntityNotFoundException"),
            ("PutMailboxPermissions", new { OrganizationId = Nowhere, EntityId = "alice", GranteeId = "bob", PermissionValues = sendAs }, "OrganizationNotFoundException"),
            ("DeleteMailboxPermissions", new { OrganizationId = o, EntityId = "alice", GranteeId = "team" }, ""),
            ("DeleteMailboxPermissions", new { OrganizationId = o, EntityId = "alice", GranteeId = "nobody" }, "EntityNotFoundException"),
            ("DeleteMailboxPermissions", new { OrganizationId = Nowhere, EntityId = "alice", GranteeId = "bob" }, "OrganizationNotFoundException"),
            ("ListMailboxPermissions", new { OrganizationId = o, EntityId = "nobody" }, "EntityNotFoundException"),
            ("ListMailboxPermissions", new { OrganizationId = o, EntityId = "alice", NextToken = "x" }, "InvalidParameterException"),
            ("ListMailboxPermissions", new { OrganizationId = Nowhere, EntityId = "alice" }, "OrganizationNotFoundException"));
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    /// <summary>Flags, new folders, appended and copied messages: as if it were one's own.</summary>
    private static async Task ReadAndWriteAsync(ImapLines bob)
    {
        Assert.Contains("[READ-WRITE]", (await bob.SayAsync($"SELECT \"{Shared}/INBOX\""))[^1], StringComparison.Ordinal);
        Assert.Contains(await bob.SayAsync("UID STORE 1 +FLAGS (\\Flagged teamwork)"), line => line.Contains("\\Flagged", StringComparison.Ordinal));
        foreach (var command in new[]
        {
            $"CREATE \"{Shared}/Projects/Bridge\"", $"UID COPY 1 \"{Shared}/Projects/Bridge\"", "UID COPY 1 INBOX", "CREATE Taken", "UID COPY 1 Taken",
        })
            Assert.Contains(" OK ", (await bob.SayAsync(command))[^1], StringComparison.Ordinal);
        foreach (var command in new[] { "CREATE \"Other Users/mine\"", $"RENAME \"{Shared}/Projects\" Projects", $"UNSUBSCRIBE \"{Shared}/INBOX\"" })
            Assert.Contains("NO [CANNOT]", (await bob.SayAsync(command))[^1], StringComparison.Ordinal);
        Assert.Contains(" OK ", (await bob.SayAsync($"RENAME \"{Shared}/Projects\" \"{Shared}/Work\""))[^1], StringComparison.Ordinal);

        await bob.SayAsync("SELECT Taken");
        var taken = await bob.SayAsync("FETCH 1 (FLAGS BODY[HEADER.FIELDS (SUBJECT)])");
        Assert.Contains(taken, line => line.Contains("\\Flagged", StringComparison.Ordinal) && line.Contains("teamwork", StringComparison.Ordinal));
        Assert.Contains("Subject: shared", taken);
        Assert.Contains(await bob.SayAsync($"MOVE 1 \"{Shared}/Work/Bridge\""), line => line.Contains("COPYUID", StringComparison.Ordinal));
        Assert.Contains(await bob.SayAsync("STATUS Taken (MESSAGES)"), line => line.EndsWith("(MESSAGES 0)", StringComparison.Ordinal));
        Assert.Contains(await bob.SayAsync($"STATUS \"{Shared}/Work/Bridge\" (MESSAGES)"), line => line.EndsWith("(MESSAGES 2)", StringComparison.Ordinal));
    }

    private static async Task<string> SendAsync(SmtpSession session, string envelope, string header, string subject = "x")
    {
        if (await session.SayAsync($"MAIL FROM:<{envelope}>") is var reply && !reply.StartsWith("250", StringComparison.Ordinal))
            return reply;
        await session.MustAsync($"RCPT TO:<{DemoServer.Carol}>", "250");
        await session.MustAsync("DATA", "354");
        await session.SendAsync($"{header}\r\nTo: {DemoServer.Carol}\r\nSubject: {subject}\r\n\r\nx\r\n.\r\n");
        return await session.ReplyAsync();
    }

    private Task<SmtpSession> SubmitterAsync(string address) => SmtpSession.SignInAsync(demo.Server, address, demo.PasswordOf(address));

    private async Task<string> GroupIdAsync(string organization, string name) =>
        Text((await aws.WorkMailAsync("list-groups", "--organization-id", organization)).GetProperty("Groups").EnumerateArray().Single(group => Text(group, "Name") == name), "Id");

    private async Task PutAsync(string organization, string owner, string grantee, params string[] values) => await aws.WorkMailAsync(
        ["put-mailbox-permissions", "--organization-id", organization, "--entity-id", $"{owner}@demo.mailstead.test", "--grantee-id", $"{grantee}@demo.mailstead.test",
            "--permission-values", .. values]);
}

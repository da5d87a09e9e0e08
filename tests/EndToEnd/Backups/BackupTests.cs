using System.Diagnostics;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using Mailstead.EndToEnd.Durability;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.Backups;

/// <summary>Backups of a running installation, by the operator's commands, and what comes back of them.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string backups = Directory.CreateTempSubdirectory("mailstead-backups-").FullName;
    private MailsteadServer server = null!;

    public async ValueTask InitializeAsync() => server = await MailsteadServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(backups, recursive: true);
    }

    [Fact]
    public async Task What_a_user_has_deleted_comes_back_while_everything_runs()
    {
        using var alice = await SignInAsync(server, DemoServer.Alice);
        var projects = await alice.GetFolder(alice.PersonalNamespaces[0]).CreateAsync("Projects", isMessageFolder: true);
        for (var i = 0; i < 12; i++)
        {
            var flags = i % 3 == 0 ? MessageFlags.Seen | MessageFlags.Flagged : MessageFlags.None;
            await projects!.AppendAsync(new AppendRequest(Message($"plan {i}", size: i == 0 ? 300_000 : 2_000), flags, [$"$Step{i % 2}"])
            {
                InternalDate = new DateTimeOffset(2019, 5, 1 + i, 8, 0, 0, TimeSpan.FromHours(2)),
            });
        }

        await alice.Inbox!.AppendAsync(Message("stays", 100));
        await TakeAsync();
        await projects!.OpenAsync(FolderAccess.ReadWrite);
        var before = await DescribeAsync(projects);
        await projects.AddFlagsAsync((await projects.SearchAsync(SearchQuery.All)).Skip(2).ToList(), MessageFlags.Deleted, silent: true);
        await projects.ExpungeAsync();
        await projects.AppendAsync(Message("newer", 100));

        var (organization, user) = await IdsAsync(DemoServer.Alice);
        string[] restore = ["backup", "restore-mailbox", backups, "--organization", organization, "--user", user, "--folder", "Projects"];
        await ToldAsync("10 items", [.. restore, "--in-place"]);
        await ToldAsync("0 items", [.. restore, "--in-place"]);
        await ToldAsync("12 items", [.. restore, "--into", "Archive/Old"]);
        await ToldAsync("0 items", [.. restore, "--into", "Archive/Old"]);

        // Another process has changed the mailbox: a client that is there hears of it.
        await WaitAsync(alice, () => Task.FromResult(projects.Count == 13));
        List<string> expected = [.. before, "newer"];
        Assert.Equal(expected.Order(StringComparer.Ordinal), (await DescribeAsync(projects)).Select(NameOfNew).Order(StringComparer.Ordinal));
        var copy = await alice.GetFolderAsync("Archive/Old/Projects");
        await copy.OpenAsync(FolderAccess.ReadOnly);
        Assert.Equal(before, await DescribeAsync(copy));
        await alice.Inbox.OpenAsync(FolderAccess.ReadOnly);
        Assert.Single(alice.Inbox);

        await WaitAsync(alice, async () => (await server.MetricsAsync()).Contains("mailstead_backup_age_seconds", StringComparison.Ordinal));
        var missing = await server.RunAsync([.. restore[..^1], "Nowhere"]);
        Assert.Equal(3, missing.ExitCode);
        Assert.Contains("has no such folder", missing.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_installation_comes_back_as_it_was_when_a_backup_was_taken()
    {
        string[] addresses = [DemoServer.Alice, DemoServer.Bob, DemoServer.Carol];
        await using var load = new SmtpLoad(server.Smtp, addresses);
        load.Start();
        await AcceptsAsync(load, 20);
        await TakeAsync();
        await AcceptsAsync(load, 40);
        var accepted = load.Messages.Where(message => message.WasAccepted).ToList();
        var name = await TakeAsync();
        var begun = load.Messages.Select(message => message.Id).ToHashSet();
        await load.StopAsync();
        await DeliveryTables.WaitUntilEmptyAsync(server);
        using (var alice = await SignInAsync(server, DemoServer.Alice))
        {
            await alice.Inbox!.OpenAsync(FolderAccess.ReadWrite);
            await alice.Inbox.AddFlagsAsync(UniqueIdRange.All, MessageFlags.Deleted, silent: true);
            await alice.Inbox.ExpungeAsync();
        }

        await TakeAsync();
        Assert.Equal(0, (await server.RunAsync("backup", "verify", backups)).ExitCode);

        await using var restored = await MailsteadServer.PrepareAsync([], environment: new() { ["MAILSTEAD_Keys__RootKey"] = RootKey() });
        var listed = (await server.RunAsync("backup", "list", backups)).Output.Split('\n');
        var at = listed.Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split("  ")[1];
        var told = await restored.RunAsync("backup", "restore", backups, "--at", at);
        Assert.True(told.ExitCode == 0, told.Errors + told.Output);
        Assert.Contains(name, told.Output, StringComparison.Ordinal);
        await server.KillAsync();
        await restored.LaunchAsync();
        await DeliveryTables.WaitUntilEmptyAsync(restored);

        foreach (var address in addresses)
        {
            var found = await MessageIdsAsync(restored, address);
            Assert.Equal(found.Count, found.Distinct().Count());
            Assert.Empty(accepted.Where(message => message.Recipients.Contains(address)).Select(message => message.Id).Except(found));
            Assert.Empty(found.Except(begun));
        }

        await using var more = new SmtpLoad(restored.Smtp, addresses);
        more.Start();
        await AcceptsAsync(more, 10);
        await more.StopAsync();
        Assert.Empty(more.Refusals);
        await DeliveryTables.WaitUntilEmptyAsync(restored);
        var last = more.Messages.Last(message => message.WasAccepted);
        Assert.Contains(last.Id, await MessageIdsAsync(restored, last.Recipients[0]));

        var again = await restored.RunAsync("backup", "restore", backups);
        Assert.NotEqual(0, again.ExitCode);
    }

    [Fact]
    public async Task Damage_is_found_and_another_installations_key_is_refused()
    {
        using (var alice = await SignInAsync(server, DemoServer.Alice))
            await alice.Inbox!.AppendAsync(Message("one", 100_000));
        await TakeAsync();
        await TakeAsync();

        await using (var other = await MailsteadServer.PrepareAsync(environment: new() { ["MAILSTEAD_Keys__RootKey"] = Convert.ToBase64String(new byte[32]) }))
        {
            var refused = await other.RunAsync("backup", "restore", backups);
            Assert.Equal(3, refused.ExitCode);
            Assert.Contains("is not the root key", refused.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await server.RunAsync("backup", "prune", backups, "--keep-last", "1")).ExitCode);
        Assert.Equal(0, (await server.RunAsync("backup", "verify", backups)).ExitCode);
        var piece = new DirectoryInfo(Path.Combine(backups, "bodies")).EnumerateFiles().MaxBy(file => file.Length)!;
        await using (var file = piece.Open(FileMode.Open))
        {
            file.Position = piece.Length / 2;
            var octet = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(octet ^ 1));
        }

        var verified = await server.RunAsync("backup", "verify", backups);
        Assert.Equal(1, verified.ExitCode);
        Assert.Contains(piece.Name, verified.Output, StringComparison.Ordinal);
    }

    private static async Task AcceptsAsync(SmtpLoad load, int count)
    {
        for (var waited = Stopwatch.StartNew(); load.Messages.Count(message => message.WasAccepted) < count;)
        {
            Assert.True(waited.Elapsed < Patience, $"Only {load.Messages.Count(message => message.WasAccepted)} messages were accepted; refused: {string.Join(", ", load.Refusals)}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private async Task<string> TakeAsync()
    {
        var taken = await server.RunAsync("backup", "take", backups);
        Assert.True(taken.ExitCode == 0, taken.Errors + taken.Output);
        return taken.Output.Split(':')[0];
    }

    private async Task ToldAsync(string expected, string[] words)
    {
        var run = await server.RunAsync(words);
        Assert.True(run.ExitCode == 0, run.Errors + run.Output);
        Assert.StartsWith(expected, run.Output, StringComparison.Ordinal);
    }

    private string RootKey() => Convert.ToBase64String(File.ReadAllBytes(Directory.EnumerateFiles(server.Data, "root.key", SearchOption.AllDirectories).Single()));

    private async Task<(string Organization, string User)> IdsAsync(string address)
    {
        using var admin = new AdminApi(server);
        var organization = await admin.OrganizationAsync();
        return (organization, await admin.UserIdAsync(organization, address.Split('@')[0]));
    }

    private static async Task<ImapClient> SignInAsync(MailsteadServer server, string address)
    {
        var client = await Mailbox.ConnectAsync(server);
        await client.AuthenticateAsync(address, server.Passwords[address]);
        return client;
    }

    private async Task<List<string>> MessageIdsAsync(MailsteadServer where, string address)
    {
        using var client = await Mailbox.ConnectAsync(where);
        await client.AuthenticateAsync(address, server.Passwords[address]);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        var ids = new List<string>();
        foreach (var item in await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.UniqueId | MessageSummaryItems.Envelope))
        {
            // Its body is there too.
            using var whole = await client.Inbox.GetMessageAsync(item.UniqueId);
            ids.Add(whole.MessageId!);
        }

        return ids;
    }

    private static MimeMessage Message(string subject, int size)
    {
        var message = new MimeMessage { Subject = subject, Body = new TextPart("plain") { Text = new string('x', size) } };
        message.From.Add(new MailboxAddress("", "somebody@example.org"));
        return message;
    }

    /// <summary>What each message is, its date, its flags and its length, in the order of the folder.</summary>
    private static async Task<List<string>> DescribeAsync(IMailFolder folder)
    {
        var items = await folder.FetchAsync(
            0, -1, MessageSummaryItems.Envelope | MessageSummaryItems.Flags | MessageSummaryItems.Size | MessageSummaryItems.InternalDate);
        return [.. items.Select(item => $"{item.Envelope!.Subject} {item.InternalDate:O} {item.Flags & ~MessageFlags.Recent} {string.Join(' ', item.Keywords.Order(StringComparer.Ordinal))} {item.Size}")];
    }

    private static string NameOfNew(string described) => described.StartsWith("newer", StringComparison.Ordinal) ? "newer" : described;

    private static async Task WaitAsync(ImapClient client, Func<Task<bool>> condition)
    {
        for (var i = 0; i < 300 && !await condition(); i++)
        {
            await client.NoOpAsync();
            await Task.Delay(100);
        }

        Assert.True(await condition(), "It never came");
    }
}

using System.Security.Cryptography;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Search;
using MailKit.Security;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.Imap;

/// <summary>MailKit, the strictest reader of what a server says.</summary>
public sealed class MailKitTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task IDLE_wakes_up_when_SMTP_delivers()
    {
        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Carol);
        var inbox = mailbox.Client.Inbox!;
        var before = inbox.Count;
        using var done = new CancellationTokenSource(Patience);
        inbox.CountChanged += (_, _) => done.Cancel();
        var idling = mailbox.Client.IdleAsync(done.Token);

        using var smtp = new SmtpClient();
        await smtp.ConnectAsync("127.0.0.1", demo.Server.Smtp, SecureSocketOptions.None);
        await smtp.SendAsync(Sample("wake up"), MailboxAddress.Parse("sender@example.org"), [MailboxAddress.Parse(DemoServer.Carol)]);
        await idling;

        Assert.Equal(before + 1, inbox.Count);
        Assert.Equal("wake up", (await inbox.GetMessageAsync(inbox.Count - 1)).Subject);
    }

    [Fact]
    public async Task Flags_keywords_copies_moves_and_removals_are_what_they_should_be()
    {
        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Alice);
        var work = await CreateAsync(mailbox.Client, "Work");
        var done = await CreateAsync(mailbox.Client, "Done");
        for (var i = 0; i < 6; i++)
            Assert.NotNull(await work.AppendAsync(Sample($"number {i}"), i == 0 ? MessageFlags.Seen : MessageFlags.None));
        await work.OpenAsync(FolderAccess.ReadWrite);

        await work.AddFlagsAsync([1, 2], MessageFlags.Flagged, silent: false);
        await work.StoreAsync([3], new StoreFlagsRequest(StoreAction.Add, new HashSet<string> { "$Custom" }) { Silent = true });
        Assert.Single(await work.SearchAsync(SearchQuery.HasKeyword("$Custom")));
        Assert.Equal(2, (await work.SearchAsync(SearchQuery.Flagged)).Count);

        var uids = await work.SearchAsync(SearchQuery.All);
        var copied = await work.CopyToAsync([uids[0], uids[1]], done);
        var moved = await work.MoveToAsync([uids[4], uids[5]], done);
        Assert.Equal((2, 2), (copied!.Destination.Count, moved!.Destination.Count));
        Assert.Equal(4, work.Count);
        await work.AddFlagsAsync([0], MessageFlags.Deleted, silent: true);
        await work.ExpungeAsync();
        Assert.Equal(3, work.Count);

        await done.OpenAsync(FolderAccess.ReadOnly);
        var summaries = await done.FetchAsync(
            0, -1, MessageSummaryItems.All | MessageSummaryItems.UniqueId | MessageSummaryItems.BodyStructure | MessageSummaryItems.EmailId | MessageSummaryItems.ModSeq);
        Assert.Equal(["number 0", "number 1", "number 4", "number 5"], summaries.Select(summary => summary.Envelope!.Subject));
        Assert.All(summaries, summary => Assert.NotNull(summary.EmailId));
        Assert.Equal(MessageFlags.Seen, summaries[0].Flags & MessageFlags.Seen);
        Assert.Equal(MessageFlags.Flagged, summaries[1].Flags & MessageFlags.Flagged);
        Assert.NotNull(done.Id);
    }

    [Fact]
    public async Task Forty_megabytes_go_there_and_come_back_octet_for_octet()
    {
        const int Limit = 40 * 1024 * 1024;
        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        Assert.Equal((uint)Limit, mailbox.Client.AppendLimit);
        var octets = new byte[Limit];
        var header = "Subject: forty\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"u8;
        header.CopyTo(octets);
        for (var at = header.Length; at < octets.Length; at++)
            octets[at] = ((at - header.Length) % 78) switch { 76 => (byte)'\r', 77 => (byte)'\n', var column => (byte)('A' + ((column + at) % 26)) };
        octets[^2] = (byte)'\r';
        octets[^1] = (byte)'\n';

        var message = await MimeMessage.LoadAsync(new MemoryStream(octets));
        var uid = await mailbox.Client.Inbox!.AppendAsync(message);
        await mailbox.Client.Inbox.CheckAsync();
        var back = await mailbox.Client.Inbox.GetStreamAsync(uid!.Value);

        Assert.Equal(Convert.ToHexString(SHA256.HashData(octets)), Convert.ToHexString(await SHA256.HashDataAsync(back)));
        var tooLarge = new TextPart { Text = new string('x', Limit) };
        await Assert.ThrowsAnyAsync<Exception>(() => mailbox.Client.Inbox.AppendAsync(new MimeMessage { Body = tooLarge }));
    }

    [Theory]
    [InlineData("Entwürfe & Notizen")]
    [InlineData("台北")]
    [InlineData("日本語フォルダ 😀")]
    [InlineData("quotes \" and \\ and [brackets] {3} (x)")]
    public async Task Folder_names_of_any_script_come_back_as_they_were(string name)
    {
        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Alice);
        var folder = await CreateAsync(mailbox.Client, name);
        var child = (await folder.CreateAsync("inner " + name, isMessageFolder: true))!;
        await child.AppendAsync(Sample("there"));
        await child.SubscribeAsync();

        using var again = await Mailbox.OpenAsync(demo, DemoServer.Alice);
        var found = await again.Client.GetFolderAsync($"{name}/inner {name}");
        await found.StatusAsync(StatusItems.Count);
        Assert.Equal(1, found.Count);
        await found.RenameAsync(found.ParentFolder!, "renamed " + name);
        await (await again.Client.GetFolderAsync($"{name}/renamed {name}")).DeleteAsync();
    }

    [Fact]
    public async Task A_client_that_returns_learns_what_changed_while_it_was_away()
    {
        using var first = await Mailbox.ConnectAsync(demo.Server);
        await first.AuthenticateAsync(DemoServer.Alice, demo.PasswordOf(DemoServer.Alice));
        await first.EnableQuickResyncAsync();
        var folder = await CreateAsync(first, "Resync");
        for (var i = 0; i < 10; i++)
            await folder.AppendAsync(Sample($"resync {i}"));
        await folder.OpenAsync(FolderAccess.ReadWrite);
        var (validity, modSeq) = (folder.UidValidity, folder.HighestModSeq);
        var uids = await folder.SearchAsync(SearchQuery.All);
        await folder.CloseAsync();

        using (var other = await Mailbox.OpenAsync(demo, DemoServer.Alice))
        {
            var same = await other.Client.GetFolderAsync("Resync");
            await same.OpenAsync(FolderAccess.ReadWrite);
            await same.AddFlagsAsync([7], MessageFlags.Flagged, silent: true);
            await same.AddFlagsAsync([2, 3], MessageFlags.Deleted, silent: true);
            await same.ExpungeAsync();
            await same.AppendAsync(Sample("resync new"));
        }

        var vanished = new List<UniqueId>();
        var changed = new List<uint>();
        folder.MessagesVanished += (_, change) => vanished.AddRange(change.UniqueIds);
        folder.MessageFlagsChanged += (_, change) => changed.Add(change.UniqueId!.Value.Id);
        await folder.OpenAsync(FolderAccess.ReadWrite, validity, modSeq, uids);

        Assert.Equal([3u, 4u], vanished.Select(uid => uid.Id).Order());
        Assert.Contains(8u, changed);
        Assert.Equal(9, folder.Count);
    }

    [Fact]
    public async Task Namespaces_quota_and_special_folders_are_known()
    {
        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        var own = Assert.Single(mailbox.Client.PersonalNamespaces);
        Assert.Equal(('/', ""), (own.DirectorySeparator, own.Path));
        Assert.Empty(mailbox.Client.SharedNamespaces);
        var quota = await mailbox.Client.Inbox!.GetQuotaAsync();
        Assert.True(quota.StorageLimit > 0);
        foreach (var special in new[] { SpecialFolder.Archive, SpecialFolder.Drafts, SpecialFolder.Junk, SpecialFolder.Sent, SpecialFolder.Trash })
            Assert.NotNull(mailbox.Client.GetFolder(special));
        Assert.NotNull((await mailbox.Client.IdentifyAsync(new ImapImplementation { Name = "test" }))?.Name);
    }

    private static async Task<IMailFolder> CreateAsync(ImapClient client, string name) =>
        (await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync(name, isMessageFolder: true))!;

    private static MimeMessage Sample(string subject) => new(
        [MailboxAddress.Parse("a@x.test")], [MailboxAddress.Parse("b@x.test")], subject, new TextPart("plain") { Text = "Text of " + subject });
}

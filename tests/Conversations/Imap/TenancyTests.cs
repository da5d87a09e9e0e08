using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Conversations.Imap;

/// <summary>A curious tenant: another organization's mailbox, another mailbox's folders and messages never resolve.</summary>
public sealed class TenancyTests(ImapHouse house)
{
    [Theory]
    [InlineData("~ACCOUNT/INBOX")]
    [InlineData("user/other/INBOX")]
    [InlineData("Other Users/other")]
    [InlineData("#shared/INBOX")]
    [InlineData("../INBOX")]
    [InlineData("/INBOX")]
    [InlineData("INBOX/../../INBOX")]
    public async Task A_name_leads_nowhere_but_into_ones_own_mailbox(string name)
    {
        var other = await house.CreateMailboxAsync();
        await house.AppendAsync(other, SampleMessages.Small);
        await ImapConversation.PlayAsync(
            house,
            $"""
            C: a SELECT "{name.Replace("ACCOUNT", other.MailboxId, StringComparison.Ordinal)}"
            S: a NO [NONEXISTENT] …
            C: b STATUS "{name}" (MESSAGES)
            S: b NO [NONEXISTENT] …
            C: c GETQUOTAROOT "{name}"
            S: c NO [NONEXISTENT] …
            C: d LIST "{name}" "*"
            S: d OK LIST completed
            """);
    }

    [Fact]
    public async Task The_id_of_anothers_message_finds_nothing()
    {
        var other = await house.CreateMailboxAsync();
        await house.AppendAsync(other, SampleMessages.Small);
        var inbox = await InboxAsync(other);
        var index = await house.Mailboxes.ReadIndexAsync(new ReadIndexRequest { Mailbox = other, FolderId = inbox, EmailIds = true });
        var id = Convert.ToHexStringLower(index.EmailIds.Span);
        await ImapConversation.PlayInAsync(house, other, $"C: a EXAMINE INBOX\n{Lines(9)}S: a OK …\nC: b SEARCH EMAILID {id}\nS: * SEARCH 1\nS: b OK …");
        await ImapConversation.PlayAsync(
            house, $"C: a EXAMINE INBOX\n{Lines(9)}S: a OK …\nC: b SEARCH EMAILID {id}\nS: * SEARCH\nS: b OK …", SampleMessages.Small);
    }

    [Fact]
    public async Task No_call_of_the_store_finds_a_mailbox_under_another_organization()
    {
        var theirs = await house.CreateMailboxAsync();
        await house.AppendAsync(theirs, SampleMessages.Small);
        var asked = new MailboxRef { OrganizationId = Guid.NewGuid().ToString(), MailboxId = theirs.MailboxId };
        await NothingIsFoundAsync(asked, await InboxAsync(theirs));
        Assert.Empty((await ListOrNothingAsync(asked)).Folders);
    }

    [Fact]
    public async Task No_call_of_the_store_finds_a_folder_in_another_mailbox()
    {
        var theirs = await house.CreateMailboxAsync();
        await house.AppendAsync(theirs, SampleMessages.Small);
        await NothingIsFoundAsync(await house.CreateMailboxAsync(), await InboxAsync(theirs));
        var folders = await house.Mailboxes.ListFoldersAsync(new ListFoldersRequest { Mailbox = theirs });
        Assert.Equal(1, folders.Folders.Sum(folder => folder.MessageCount));
    }

    private async Task NothingIsFoundAsync(MailboxRef mailbox, string folder)
    {
        var mailboxes = house.Mailboxes;
        var uids = Packed.Copy<uint>([1]);
        var calls = new Func<Task>[]
        {
            async () => await mailboxes.OpenFolderAsync(new OpenFolderRequest { Mailbox = mailbox, FolderId = folder }),
            async () => await mailboxes.GetChangesAsync(new GetChangesRequest { Mailbox = mailbox, FolderId = folder }),
            async () => await mailboxes.ReadIndexAsync(new ReadIndexRequest { Mailbox = mailbox, FolderId = folder }),
            async () => await mailboxes.SearchAsync(new SearchRequest { Mailbox = mailbox, FolderId = folder }),
            async () => await mailboxes.StoreFlagsAsync(new StoreFlagsRequest { Mailbox = mailbox, FolderId = folder, Uids = uids, Flags = 1 }),
            async () => await mailboxes.ExpungeAsync(new ExpungeRequest { Mailbox = mailbox, FolderId = folder, Uids = uids }),
            async () => await mailboxes.CopyItemsAsync(new CopyItemsRequest { Mailbox = mailbox, FolderId = folder, TargetFolderId = folder, Uids = uids }),
            async () => await mailboxes.RenameFolderAsync(new RenameFolderRequest { Mailbox = mailbox, FolderId = folder, NewName = "mine" }),
            async () => await mailboxes.DeleteFolderAsync(new DeleteFolderRequest { Mailbox = mailbox, FolderId = folder }),
            async () => await mailboxes.SubscribeFolderAsync(new SubscribeFolderRequest { Mailbox = mailbox, FolderId = folder }),
            async () =>
            {
                using var call = mailboxes.FetchItems(new FetchItemsRequest { Mailbox = mailbox, FolderId = folder, Uids = uids, Summary = true });
                Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
            },
        };
        foreach (var call in calls)
        {
            var refusal = await Assert.ThrowsAsync<RpcException>(call);
            // A key that is another organization's is not given out, before anything is looked for.
            Assert.Contains(refusal.StatusCode, new[] { StatusCode.NotFound, StatusCode.FailedPrecondition });
        }
    }

    private async Task<ListFoldersResponse> ListOrNothingAsync(MailboxRef mailbox)
    {
        try
        {
            return await house.Mailboxes.ListFoldersAsync(new ListFoldersRequest { Mailbox = mailbox });
        }
        catch (RpcException refusal) when (refusal.StatusCode is StatusCode.NotFound or StatusCode.FailedPrecondition)
        {
            return new ListFoldersResponse();
        }
    }

    private async Task<string> InboxAsync(MailboxRef mailbox) =>
        (await house.Mailboxes.ListFoldersAsync(new ListFoldersRequest { Mailbox = mailbox })).Folders.Single(folder => folder.Role == FolderRole.Inbox).FolderId;

    private static string Lines(int count) => string.Concat(Enumerable.Repeat("S: …\n", count));
}

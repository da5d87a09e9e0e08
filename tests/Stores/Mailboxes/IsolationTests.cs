using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Mailboxes;

/// <summary>No id of another tenant resolves, in any call of the contract.</summary>
public sealed class IsolationTests(Installations installations)
{
    /// <summary>Each call that names a mailbox; a call that is added to the contract has to be added here.</summary>
    private static readonly Dictionary<string, Func<MailboxesApi.MailboxesApiClient, MailboxRef, string, Task>> Calls = new()
    {
        ["DeleteMailbox"] = async (api, mailbox, _) =>
            await api.DeleteMailboxAsync(new DeleteMailboxRequest { Mailbox = mailbox }),
        ["GetMailbox"] = async (api, mailbox, _) => await api.GetMailboxAsync(new GetMailboxRequest { Mailbox = mailbox }),
        ["SetQuota"] = async (api, mailbox, _) => await api.SetQuotaAsync(
            new SetQuotaRequest { Mailbox = mailbox, QuotaBytes = 1 }),
        ["CreateMailbox"] = async (api, mailbox, _) =>
            await api.CreateMailboxAsync(new CreateMailboxRequest { Mailbox = mailbox, QuotaBytes = 1 }),
        ["ListFolders"] = async (api, mailbox, _) => await api.ListFoldersAsync(new ListFoldersRequest { Mailbox = mailbox }),
        ["CreateFolder"] = async (api, mailbox, _) =>
            await api.CreateFolderAsync(new CreateFolderRequest { Mailbox = mailbox, Name = "x" }),
        ["RenameFolder"] = async (api, mailbox, folder) =>
            await api.RenameFolderAsync(new RenameFolderRequest { Mailbox = mailbox, FolderId = folder, NewName = "x" }),
        ["DeleteFolder"] = async (api, mailbox, folder) =>
            await api.DeleteFolderAsync(new DeleteFolderRequest { Mailbox = mailbox, FolderId = folder }),
        ["SubscribeFolder"] = async (api, mailbox, folder) =>
            await api.SubscribeFolderAsync(new SubscribeFolderRequest { Mailbox = mailbox, FolderId = folder }),
        ["OpenFolder"] = async (api, mailbox, folder) =>
            await api.OpenFolderAsync(new OpenFolderRequest { Mailbox = mailbox, FolderId = folder }),
        ["GetChanges"] = async (api, mailbox, folder) =>
            await api.GetChangesAsync(new GetChangesRequest { Mailbox = mailbox, FolderId = folder }),
        ["ReadIndex"] = async (api, mailbox, folder) =>
            await api.ReadIndexAsync(new ReadIndexRequest { Mailbox = mailbox, FolderId = folder }),
        ["FetchItems"] = async (api, mailbox, folder) =>
        {
            using var call = api.FetchItems(
                new FetchItemsRequest { Mailbox = mailbox, FolderId = folder, Uids = Packed.Copy<uint>([1u]), Summary = true });
            await call.ResponseStream.MoveNext(CancellationToken.None);
        },
        ["StoreFlags"] = async (api, mailbox, folder) => await api.StoreFlagsAsync(
            new StoreFlagsRequest
            {
                Mailbox = mailbox,
                FolderId = folder,
                Uids = Packed.Copy<uint>([1u]),
                Flags = 1,
                Keywords = { "x" }
            }),
        ["Expunge"] = async (api, mailbox, folder) => await api.ExpungeAsync(
            new ExpungeRequest { Mailbox = mailbox, FolderId = folder, Uids = Packed.Copy<uint>([1u]) }),
        ["CopyItems"] = async (api, mailbox, folder) => await api.CopyItemsAsync(
            new CopyItemsRequest
            {
                Mailbox = mailbox,
                FolderId = folder,
                TargetFolderId = folder,
                Uids = Packed.Copy<uint>([1u])
            }),
        ["Append"] = async (api, mailbox, folder) =>
        {
            using var call = api.Append();
            await call.RequestStream.WriteAsync(
                new AppendRequest { Start = new AppendStart { Mailbox = mailbox, FolderId = folder }, Complete = true });
            await call;
        },
        ["Search"] = async (api, mailbox, folder) => await api.SearchAsync(
            new SearchRequest { Mailbox = mailbox, FolderId = folder, Key = new SearchKey { Text = "body" } }),
        ["GetProperties"] = async (api, mailbox, folder) => await api.GetPropertiesAsync(
            new GetPropertiesRequest { Mailbox = mailbox, FolderId = folder, Uids = Packed.Copy<uint>([1u]) }),
        ["SetProperties"] = async (api, mailbox, folder) => await api.SetPropertiesAsync(
            new SetPropertiesRequest { Mailbox = mailbox, FolderId = folder, Uid = 1 }),
    };

    [Fact]
    public void Every_call_of_the_contract_is_tried() =>
        Assert.Equal(
            // The last is the operator's alone.
            MailboxesApi.Descriptor.Methods.Select(method => method.Name).Except(["Deliver", "Watch", "RestoreMailbox"])
                .Order(StringComparer.Ordinal),
            Calls.Keys.Order(StringComparer.Ordinal));

    [Theory, OnBothDatabases]
    public async Task Another_organizations_mailbox_is_not_found_by_any_call(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();
        await mailbox.AppendAsync(inbox);
        var stranger = await mailbox.Installation.NewOrganizationKeyAsync();
        var reference = new MailboxRef { OrganizationId = stranger.ToString(), MailboxId = mailbox.Ref.MailboxId };

        foreach (var (name, call) in Calls)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => call(mailbox.Installation.Mailboxes, reference, inbox));
            Assert.True(refused.StatusCode == StatusCode.NotFound, $"{name}: {refused.Status}");
        }

        Assert.Equal([1u], await mailbox.UidsAsync(inbox));
        Assert.Equal(MailboxOnStore.SmallMessage, await mailbox.TextAsync(inbox, 1));
    }

    [Theory, OnBothDatabases]
    public async Task A_folder_of_another_mailbox_is_not_found_by_any_call(DatabaseKind kind)
    {
        var (mine, other) = (await installations.NewMailboxAsync(kind), await installations.NewMailboxAsync(kind));
        var folder = (await other.CreateFolderAsync("theirs")).FolderId;
        await other.AppendAsync(folder);
        string[] withoutFolder = ["DeleteMailbox", "GetMailbox", "SetQuota", "CreateMailbox", "ListFolders", "CreateFolder"];

        foreach (var (name, call) in Calls.Where(call => !withoutFolder.Contains(call.Key)))
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => call(mine.Installation.Mailboxes, mine.Ref, folder));
            Assert.True(refused.StatusCode == StatusCode.NotFound, $"{name}: {refused.Status}");
        }

        var target = await Assert.ThrowsAsync<RpcException>(
            async () => await mine.CopyAsync(await mine.InboxAsync(), [1], folder));
        var parent = await Assert.ThrowsAsync<RpcException>(() => mine.CreateFolderAsync("x", folder));
        Assert.Equal((StatusCode.NotFound, StatusCode.NotFound), (target.StatusCode, parent.StatusCode));
        Assert.Equal([1u], await other.UidsAsync(folder));
    }

    [Theory, OnBothDatabases]
    public async Task A_delivery_for_one_organization_reaches_no_mailbox_of_another(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var stranger = await mailbox.Installation.NewOrganizationKeyAsync();
        var sender = await mailbox.Installation.NewMailboxAsync(stranger);
        // Known to this process: what it remembers of the right organization must not help the wrong one.
        await mailbox.Installation.Mailboxes.DeliverAsync(await Sample.DeliveryAsync(
            mailbox.Installation, mailbox.Ref.OrganizationId, MailboxOnStore.SmallMessage, Sample.To(mailbox)));

        var forged = await Sample.DeliveryAsync(mailbox.Installation, stranger.ToString(), MailboxOnStore.SmallMessage, Sample.To(
            mailbox), Sample.To(sender));
        var results = (await mailbox.Installation.Mailboxes.DeliverAsync(forged)).Results;
        forged.Deliveries[0].FolderId = await mailbox.InboxAsync();
        var again = (await mailbox.Installation.Mailboxes.DeliverAsync(forged)).Results;

        Assert.Equal([DeliveryResult.Types.Outcome.NoMailbox, DeliveryResult.Types.Outcome.Delivered],
            results.Select(result => result.Outcome));
        Assert.Equal([DeliveryResult.Types.Outcome.NoMailbox, DeliveryResult.Types.Outcome.Delivered],
            again.Select(result => result.Outcome));
        Assert.Equal([1u], await mailbox.UidsAsync(await mailbox.InboxAsync()));
    }
}

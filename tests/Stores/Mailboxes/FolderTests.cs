using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Mailboxes;

/// <summary>Folders: special ones, names, the tree, uid validities.</summary>
public sealed class FolderTests(Installations installations)
{
    [Theory, OnBothDatabases]
    public async Task A_new_mailbox_has_the_special_folders_once_however_often_it_is_made(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);

        await mailbox.Installation.Mailboxes.CreateMailboxAsync(
            new CreateMailboxRequest { Mailbox = mailbox.Ref, QuotaBytes = 5 });

        var folders = await mailbox.FoldersAsync();
        Assert.Equal(
            ["Archive", "Calendar", "Contacts", "Deleted Items", "Drafts", "Inbox", "Junk E-mail", "Notes", "Sent Items",
                "Tasks"],
            folders.Select(folder => folder.Name).Order(StringComparer.Ordinal));
        Assert.Equal(10, folders.Select(folder => folder.Role).Distinct().Count());
        Assert.All(folders, folder => Assert.True(folder.Subscribed));
        Assert.All(folders, folder => Assert.True(folder is { UidNext: 1, MessageCount: 0, UidValidity: > 0 }));
        Assert.Equal("IPF.Appointment", (await mailbox.FolderAsync(FolderRole.Calendar)).ContainerClass);
        Assert.Equal(1L << 30, (await mailbox.UseAsync()).QuotaBytes);
    }

    [Theory, OnBothDatabases]
    public async Task Names_are_unique_among_siblings_and_kept_as_they_were_given(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);

        var parent = await mailbox.CreateFolderAsync("Überraschung 📬");
        await mailbox.CreateFolderAsync("überraschung 📬");
        var child = await mailbox.CreateFolderAsync("Überraschung 📬", parent.FolderId);

        Assert.Equal(parent.FolderId, child.ParentId);
        Assert.Equal(3, (await mailbox.FoldersAsync())
            .Count(folder => folder.Name.EndsWith("berraschung 📬", StringComparison.Ordinal)));
        await RefusedAsync(StatusCode.AlreadyExists, () => mailbox.CreateFolderAsync("Überraschung 📬"));
        await RefusedAsync(StatusCode.AlreadyExists, () => mailbox.CreateFolderAsync("iNBOX"));
        await RefusedAsync(StatusCode.InvalidArgument, () => mailbox.CreateFolderAsync("a/b"));
        await RefusedAsync(StatusCode.InvalidArgument, () => mailbox.CreateFolderAsync(new string('x', 256)));
        await RefusedAsync(StatusCode.NotFound, () => mailbox.CreateFolderAsync("orphan", Guid.NewGuid().ToString()));
    }

    [Theory, OnBothDatabases]
    public async Task A_folder_made_again_under_its_old_name_has_another_uid_validity(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var validities = new List<uint>();

        for (var i = 0; i < 3; i++)
        {
            var folder = await mailbox.CreateFolderAsync("again");
            validities.Add(folder.UidValidity);
            Assert.Equal(folder.UidValidity, (await mailbox.AppendAsync(folder.FolderId)).UidValidity);
            await mailbox.DeleteFolderAsync(folder.FolderId);
        }

        // RFC 9051 §2.3.1.1: greater than before, even within one second.
        Assert.Equal(validities.Distinct().Order(), validities);
    }

    [Theory, OnBothDatabases]
    public async Task Renaming_moves_a_subtree_and_refuses_circles_and_special_folders(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var a = await mailbox.CreateFolderAsync("a");
        var b = await mailbox.CreateFolderAsync("b", a.FolderId);
        var uid = (await mailbox.AppendAsync(b.FolderId)).Uid;

        await RenameAsync(mailbox, b.FolderId, "", "top");
        await RenameAsync(mailbox, a.FolderId, b.FolderId, "inner");

        var folders = await mailbox.FoldersAsync();
        Assert.Equal(("top", ""), folders.Where(folder => folder.FolderId == b.FolderId).Select(folder =>
            (folder.Name, folder.ParentId)).Single());
        Assert.Equal(("inner", b.FolderId), folders.Where(folder => folder.FolderId == a.FolderId).Select(folder =>
            (folder.Name, folder.ParentId)).Single());
        Assert.Equal([uid], await mailbox.UidsAsync(b.FolderId));
        await RefusedAsync(StatusCode.InvalidArgument, () => RenameAsync(mailbox, b.FolderId, a.FolderId, "circle"));
        await RefusedAsync(StatusCode.AlreadyExists, () => RenameAsync(mailbox, a.FolderId, "", "top"));
        var inbox = await mailbox.InboxAsync();
        await RefusedAsync(StatusCode.FailedPrecondition, () => RenameAsync(mailbox, inbox, "", "post"));
    }

    [Theory, OnBothDatabases]
    public async Task Deleting_takes_the_items_along_and_refuses_parents_and_special_folders(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var parent = await mailbox.CreateFolderAsync("parent");
        var child = await mailbox.CreateFolderAsync("child", parent.FolderId);
        await mailbox.AppendAsync(parent.FolderId);
        await RefusedAsync(StatusCode.FailedPrecondition, () => mailbox.DeleteFolderAsync(parent.FolderId));
        var inbox = await mailbox.InboxAsync();
        await RefusedAsync(StatusCode.FailedPrecondition, () => mailbox.DeleteFolderAsync(inbox));

        await mailbox.DeleteFolderAsync(child.FolderId);
        await mailbox.DeleteFolderAsync(parent.FolderId);

        await RefusedAsync(StatusCode.NotFound, () => mailbox.OpenAsync(parent.FolderId));
        await RefusedAsync(StatusCode.NotFound, () => mailbox.DeleteFolderAsync(parent.FolderId));
        Assert.True(await mailbox.UseAsync() is { UsedBytes: 0, ItemCount: 0 });
    }

    [Theory, OnBothDatabases]
    public async Task Folders_nest_only_so_deep(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var parent = "";
        for (var depth = 0; depth < 32; depth++)
            parent = (await mailbox.CreateFolderAsync("level", parent)).FolderId;

        await RefusedAsync(StatusCode.ResourceExhausted, () => mailbox.CreateFolderAsync("too deep", parent));
        var other = await mailbox.CreateFolderAsync("other");
        await RefusedAsync(StatusCode.ResourceExhausted, () => RenameAsync(mailbox, other.FolderId, parent, "too deep"));
    }

    [Theory, OnBothDatabases]
    public async Task A_subscription_is_remembered(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var folder = await mailbox.CreateFolderAsync("news");
        Assert.False(folder.Subscribed);

        await mailbox.Installation.Mailboxes.SubscribeFolderAsync(
            new SubscribeFolderRequest { Mailbox = mailbox.Ref, FolderId = folder.FolderId, Subscribed = true });

        Assert.True((await mailbox.FoldersAsync()).Single(found => found.FolderId == folder.FolderId).Subscribed);
    }

    [Theory, OnBothDatabases]
    public async Task Of_many_who_make_the_same_folder_at_once_one_succeeds(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);

        var attempts = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await mailbox.CreateFolderAsync("contested");
                return StatusCode.OK;
            }
            catch (RpcException refused)
            {
                return refused.StatusCode;
            }
        }));

        Assert.Single(attempts, StatusCode.OK);
        Assert.Equal(7, attempts.Count(outcome => outcome == StatusCode.AlreadyExists));
    }

    private static async Task RenameAsync(MailboxOnStore mailbox, string folderId, string parentId, string name) =>
        await mailbox.Installation.Mailboxes.RenameFolderAsync(
            new RenameFolderRequest { Mailbox = mailbox.Ref, FolderId = folderId, NewParentId = parentId, NewName = name });

    private static async Task RefusedAsync(StatusCode code, Func<Task> action) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(action)).StatusCode);
}

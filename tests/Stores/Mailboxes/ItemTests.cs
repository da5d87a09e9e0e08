using System.Text;
using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Mailboxes;

/// <summary>Append, copy, move, expunge, quota: what is in a folder, and what it counts.</summary>
public sealed class ItemTests(Installations installations)
{
    private const ulong Seen = 1;
    private const ulong Deleted = 8;

    [Theory, OnBothDatabases]
    public async Task An_appended_message_comes_back_as_it_was(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();
        var content = Sample.Large(3_000_000);

        var answer = await mailbox.AppendAsync(inbox, content, Seen, "Work", "$Forwarded");

        var (item, fetched) = (await mailbox.FetchAsync(inbox, answer.Uid)).Single();
        Assert.Equal(content, fetched);
        Assert.Equal((content.Length, Seen | 0x100 | 0x200), (item.Size, item.Flags));
        Assert.Contains("Subject: large", item.Summary.Header.ToStringUtf8());
        var opened = await mailbox.OpenAsync(inbox);
        Assert.Equal(["Work", "$Forwarded"], opened.Keywords);
        Assert.Equal((0u, 2u, 1L, 0L), (opened.FirstUnseenUid, opened.Folder.UidNext, opened.Folder.MessageCount,
            opened.Folder.UnseenCount));
    }

    [Theory, OnBothDatabases]
    public async Task An_empty_message_is_a_message(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();

        var uid = (await mailbox.AppendAsync(inbox, "")).Uid;

        Assert.Equal("", await mailbox.TextAsync(inbox, uid));
    }

    [Theory, OnBothDatabases]
    public async Task An_append_that_ends_early_or_is_too_large_leaves_nothing(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();
        using (var call = mailbox.Installation.Mailboxes.Append())
        {
            await call.RequestStream.WriteAsync(
                new AppendRequest { Start = new AppendStart { Mailbox = mailbox.Ref, FolderId = inbox } });
            await call.RequestStream.CompleteAsync();
            Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode);
        }

        var tooLarge = await Assert.ThrowsAsync<RpcException>(() => mailbox.AppendAsync(inbox, new byte[(40 << 20) + 1], 0));

        Assert.Equal(StatusCode.ResourceExhausted, tooLarge.StatusCode);
        Assert.Empty(await mailbox.UidsAsync(inbox));
        Assert.Equal(0, (await mailbox.UseAsync()).UsedBytes);
    }

    [Theory, OnBothDatabases]
    public async Task Quota_is_exact_for_append_and_copy_and_freed_by_expunge(DatabaseKind kind)
    {
        var size = MailboxOnStore.SmallMessage.Length;
        var mailbox = await installations.NewMailboxAsync(kind, quotaBytes: size * 2);
        var (inbox, archive) = (await mailbox.InboxAsync(), (await mailbox.FolderAsync(FolderRole.Archive)).FolderId);
        await mailbox.AppendAsync(inbox);
        await mailbox.CopyAsync(inbox, [1], archive);
        Assert.Equal((size * 2L, 2L), await mailbox.UseAsync() is var use ? (use.UsedBytes, use.ItemCount) : default);

        await ExhaustedAsync(() => mailbox.AppendAsync(inbox));
        await ExhaustedAsync(() => mailbox.CopyAsync(inbox, [1], archive));
        Assert.Equal([1u], await mailbox.UidsAsync(archive));
        await mailbox.ExpungeAsync(archive, [1]);
        await mailbox.AppendAsync(inbox);
        await mailbox.Installation.Mailboxes.SetQuotaAsync(new SetQuotaRequest { Mailbox = mailbox.Ref, QuotaBytes = size * 3 });
        await mailbox.AppendAsync(inbox);

        Assert.Equal(size * 3L, (await mailbox.UseAsync()).UsedBytes);
    }

    [Theory, OnBothDatabases]
    public async Task Copies_are_new_items_and_moves_keep_the_item(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var (inbox, archive) = (await mailbox.InboxAsync(), (await mailbox.FolderAsync(FolderRole.Archive)).FolderId);
        for (var i = 1; i <= 5; i++)
            await mailbox.AppendAsync(inbox, $"Subject: {i}\r\n\r\n", i % 2 == 0 ? Seen : 0, "Tag");
        var idOfThird = (await mailbox.FetchAsync(inbox, 3)).Single().Item.ItemId;

        var copied = await mailbox.CopyAsync(inbox, [1, 2, 99], archive);
        var moved = await mailbox.CopyAsync(inbox, [3, 4], archive, move: true);

        Assert.Equal([1u, 2u], Uids(copied.SourceUids));
        Assert.Equal([1u, 2u], Uids(copied.TargetUids));
        Assert.Equal([3u, 4u], Uids(moved.SourceUids));
        Assert.Equal([3u, 4u], Uids(moved.TargetUids));
        Assert.Equal([1u, 2u, 5u], await mailbox.UidsAsync(inbox));
        Assert.Equal([1u, 2u, 3u, 4u], await mailbox.UidsAsync(archive));
        var items = await mailbox.FetchAsync(archive, 1, 2, 3, 4);
        Assert.Equal(["Subject: 1\r\n\r\n", "Subject: 2\r\n\r\n", "Subject: 3\r\n\r\n", "Subject: 4\r\n\r\n"],
            items.Select(item => Encoding.UTF8.GetString(item.Content)));
        Assert.Equal([0x100ul, 0x101ul, 0x100ul, 0x101ul], items.Select(item => item.Item.Flags));
        Assert.Equal(idOfThird, items[2].Item.ItemId);
        Assert.Equal((3L, 2L), await mailbox.FolderAsync(FolderRole.Inbox) is var left ? (left.MessageCount,
            left.UnseenCount) : default);
        Assert.Equal((4L, 2L), await mailbox.FolderAsync(FolderRole.Archive) is var there ? (there.MessageCount,
            there.UnseenCount) : default);
        Assert.Equal(7, (await mailbox.UseAsync()).ItemCount);
    }

    [Theory, OnBothDatabases]
    public async Task Within_one_folder_a_copy_and_a_move_get_new_uids(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();
        await mailbox.AppendAsync(inbox);

        await mailbox.CopyAsync(inbox, [1], inbox);
        await mailbox.CopyAsync(inbox, [1], inbox, move: true);

        Assert.Equal([2u, 3u], await mailbox.UidsAsync(inbox));
        Assert.Equal((2L, 2L), await mailbox.FolderAsync(FolderRole.Inbox) is var folder ? (folder.MessageCount,
            folder.UnseenCount) : default);
        Assert.Equal(MailboxOnStore.SmallMessage, await mailbox.TextAsync(inbox, 3));
    }

    [Theory, OnBothDatabases]
    public async Task Expunge_takes_all_marked_or_those_named_or_those_named_and_marked(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();
        for (var i = 1; i <= 6; i++)
            await mailbox.AppendAsync(inbox, flags: i <= 3 ? Deleted : 0);

        Assert.Equal([1u], await mailbox.ExpungeAsync(inbox, [1, 4], onlyDeleted: true));
        Assert.Equal([5u], await mailbox.ExpungeAsync(inbox, [5, 77]));
        Assert.Equal([2u, 3u], await mailbox.ExpungeAsync(inbox, [], all: true));
        Assert.Empty(await mailbox.ExpungeAsync(inbox, [], all: true));

        Assert.Equal([4u, 6u], await mailbox.UidsAsync(inbox));
        Assert.Equal(7u, (await mailbox.AppendAsync(inbox)).Uid);
        var folder = await mailbox.FolderAsync(FolderRole.Inbox);
        Assert.Equal((3L, 3L, 3L * MailboxOnStore.SmallMessage.Length),
            (folder.MessageCount, folder.UnseenCount, folder.SizeBytes));
    }

    [Theory, OnBothDatabases]
    public async Task Of_many_who_expunge_move_and_copy_the_same_items_at_once_each_item_goes_once(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var (inbox, archive) = (await mailbox.InboxAsync(), (await mailbox.FolderAsync(FolderRole.Archive)).FolderId);
        var all = new List<uint>();

        // Rounds, since connections that are open already meet each other sooner.
        for (var round = 0; round < 6; round++)
        {
            var uids = new uint[12];
            for (var i = 0; i < uids.Length; i++)
                uids[i] = (await mailbox.AppendAsync(inbox)).Uid;
            all.AddRange(uids);
            var moves = Enumerable.Range(0, 4).Select(async _ => Uids(
                (await mailbox.CopyAsync(inbox, uids, archive, move: true)).SourceUids));
            var removals = Enumerable.Range(0, 4).Select(async _ => (await mailbox.ExpungeAsync(inbox, uids)).ToList());
            var gone = await Task.WhenAll(removals.Concat(moves));
            Assert.Equal(uids, gone.SelectMany(part => part).Order());
        }

        var (left, there) = (await mailbox.FolderAsync(FolderRole.Inbox), await mailbox.FolderAsync(FolderRole.Archive));
        Assert.Equal((0L, 0L, 0L), (left.MessageCount, left.UnseenCount, left.SizeBytes));
        Assert.Equal((await mailbox.UidsAsync(archive)).Count, there.MessageCount);
        Assert.Equal(there.SizeBytes, (await mailbox.UseAsync()).UsedBytes);
        Assert.Equal(all, Uids((await mailbox.ChangesAsync(inbox, 1)).RemovedUids));
    }

    private static List<uint> Uids(Google.Protobuf.ByteString packed) => [.. Packed.Read<uint>(packed)];

    private static async Task ExhaustedAsync(Func<Task> action) =>
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(action)).StatusCode);
}

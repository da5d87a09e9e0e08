using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Mailboxes;

/// <summary>Flags and the change log: RFC 7162 as the store sees it.</summary>
public sealed class ChangeTests(Installations installations)
{
    private const ulong Seen = 1;
    private const ulong Flagged = 4;

    [Theory, OnBothDatabases]
    public async Task Flags_are_added_removed_and_replaced_and_only_what_changes_takes_a_modseq(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemsAsync(kind, 3);

        var added = await mailbox.StoreAsync(inbox, [1, 2, 9], FlagChange.Add, Seen, ["Work"]);
        var same = await mailbox.StoreAsync(inbox, [1, 2], FlagChange.Add, Seen);
        var removed = await mailbox.StoreAsync(inbox, [1], FlagChange.Remove, Seen, ["work"]);
        var replaced = await mailbox.StoreAsync(inbox, [2], FlagChange.Replace, Flagged);

        Assert.Equal([1u, 2u], Read<uint>(added.Uids));
        Assert.Equal([0x101ul, 0x101ul], Read<ulong>(added.Flags));
        Assert.Equal(["Work"], added.Keywords);
        Assert.Equal(added.HighestModseq, same.HighestModseq);
        Assert.Equal([0ul], Read<ulong>(removed.Flags));
        Assert.Equal([Flagged], Read<ulong>(replaced.Flags));
        Assert.Equal(replaced.HighestModseq, (await mailbox.OpenAsync(inbox)).Folder.HighestModseq);
        Assert.Equal(3, (await mailbox.FolderAsync(FolderRole.Inbox)).UnseenCount);
        var index = await mailbox.IndexAsync(inbox);
        Assert.Equal([0ul, Flagged, 0ul], Read<ulong>(index.Flags));
        Assert.Equal([removed.HighestModseq, replaced.HighestModseq, 4], Read<long>(index.Modseqs));
    }

    [Theory, OnBothDatabases]
    public async Task A_conditional_store_leaves_what_has_changed_since(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemsAsync(kind, 2);
        var before = (await mailbox.OpenAsync(inbox)).Folder.HighestModseq;
        await mailbox.StoreAsync(inbox, [1], FlagChange.Add, Flagged);

        var answer = await mailbox.StoreAsync(inbox, [1, 2], FlagChange.Add, Seen, unchangedSince: before);

        Assert.Equal([1u], Read<uint>(answer.ModifiedUids));
        Assert.Equal([2u], Read<uint>(answer.Uids));
        Assert.Equal([Flagged, Seen], Read<ulong>((await mailbox.IndexAsync(inbox)).Flags));
    }

    [Theory, OnBothDatabases]
    public async Task Changes_since_a_modseq_tell_new_changed_and_removed_items(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemsAsync(kind, 5);
        var since = (await mailbox.OpenAsync(inbox)).Folder.HighestModseq;
        await mailbox.StoreAsync(inbox, [2], FlagChange.Add, Seen);
        await mailbox.ExpungeAsync(inbox, [1, 4]);
        await mailbox.AppendAsync(inbox);
        await mailbox.ExpungeAsync(inbox, [6]);
        await mailbox.AppendAsync(inbox);

        var changes = await mailbox.ChangesAsync(inbox, since);

        Assert.Equal([2u, 7u], Read<uint>(changes.ChangedUids));
        Assert.Equal([Seen, 0ul], Read<ulong>(changes.ChangedFlags));
        Assert.Equal([1u, 4u, 6u], Read<uint>(changes.RemovedUids));
        Assert.Equal([1u, 4u], Read<uint>((await mailbox.ChangesAsync(inbox, since, belowUidNext: 6)).RemovedUids));
        Assert.Equal((8u, 4L, (await mailbox.UseAsync()).HighestModseq),
            (changes.UidNext, changes.MessageCount, changes.HighestModseq));
        var none = await mailbox.ChangesAsync(inbox, changes.HighestModseq);
        Assert.True(none.ChangedUids.IsEmpty && none.RemovedUids.IsEmpty);
    }

    [Theory, OnBothDatabases]
    public async Task Flags_and_keywords_that_many_set_at_once_are_all_there(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemsAsync(kind, 2);

        await Task.WhenAll(Enumerable.Range(0, 24).Select(
            i => mailbox.StoreAsync(inbox, [1, 2], FlagChange.Add, i % 2 == 0 ? Seen : Flagged, [$"k{i}"])));

        var opened = await mailbox.OpenAsync(inbox);
        Assert.Equal(24, opened.Keywords.Distinct().Count());
        Assert.All(Read<ulong>((await mailbox.IndexAsync(inbox)).Flags),
            flags => Assert.Equal((((1ul << 24) - 1) << 8) | Seen | Flagged, flags));
        Assert.Equal(0, opened.Folder.UnseenCount);
    }

    [Theory, OnBothDatabases]
    public async Task A_mailbox_has_so_many_keywords_and_no_more(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemsAsync(kind, 1);
        await mailbox.StoreAsync(inbox, [1], FlagChange.Add, 0, [.. Enumerable.Range(0, 56).Select(i => $"k{i}")]);

        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(
            () => mailbox.StoreAsync(inbox, [1], FlagChange.Add, 0, ["one more"]));
        var full = await Assert.ThrowsAsync<Grpc.Core.RpcException>(
            () => mailbox.StoreAsync(inbox, [1], FlagChange.Add, 0, ["more"]));

        Assert.Equal((Grpc.Core.StatusCode.InvalidArgument, Grpc.Core.StatusCode.ResourceExhausted),
            (refused.StatusCode, full.StatusCode));
        Assert.Equal(56, (await mailbox.OpenAsync(inbox)).Keywords.Count);
        Assert.Equal([((1ul << 56) - 1) << 8], Read<ulong>((await mailbox.IndexAsync(inbox)).Flags));
    }

    [Theory, OnBothDatabases]
    public async Task The_index_stays_right_while_many_write_and_it_is_read(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemsAsync(kind, 10);
        using var done = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                Assert.Equal(await mailbox.UidsAsync(inbox) is var uids ? uids.Distinct().Order() : [], uids);
        });

        await Parallel.ForAsync(0, 40, TestContext.Current.CancellationToken, async (i, _) =>
        {
            var uid = (await mailbox.AppendAsync(inbox)).Uid;
            await mailbox.StoreAsync(inbox, [uid, 1], FlagChange.Add, Seen);
            if (i % 2 == 0)
                await mailbox.ExpungeAsync(inbox, [uid]);
        });
        await done.CancelAsync();
        await reading;

        var opened = await mailbox.OpenAsync(inbox);
        Assert.Equal(30, Read<uint>(opened.Uids).Count);
        Assert.Equal((30L, 9L), (opened.Folder.MessageCount, opened.Folder.UnseenCount));
        Assert.Equal(20, Read<uint>((await mailbox.ChangesAsync(inbox, 1)).RemovedUids).Count);
    }

    [Theory, OnBothDatabases]
    public async Task A_watcher_hears_of_its_mailboxes_and_of_no_others(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemsAsync(kind, 0);
        var (other, otherInbox) = await WithItemsAsync(kind, 0);
        using var watch = mailbox.Installation.Mailboxes.Watch();
        await watch.RequestStream.WriteAsync(
            new WatchRequest { OrganizationId = Guid.NewGuid().ToString(), MailboxId = other.Ref.MailboxId });
        await watch.RequestStream.WriteAsync(
            new WatchRequest { OrganizationId = mailbox.Ref.OrganizationId, MailboxId = mailbox.Ref.MailboxId });

        // Told once it is watched, which takes a moment.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var writing = Task.Run(async () =>
        {
            while (!stopping.IsCancellationRequested)
            {
                await other.AppendAsync(otherInbox);
                await mailbox.AppendAsync(inbox);
                await Task.Delay(20);
            }
        });
        Assert.True(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        await stopping.CancelAsync();
        await writing;

        Assert.Equal((mailbox.Ref.MailboxId, inbox),
            (watch.ResponseStream.Current.MailboxId, watch.ResponseStream.Current.FolderId));
        Assert.True(watch.ResponseStream.Current.HighestModseq > 1);
    }

    private static List<T> Read<T>(Google.Protobuf.ByteString packed)
        where T : unmanaged => [.. Packed.Read<T>(packed)];

    private async Task<(MailboxOnStore Mailbox, string Inbox)> WithItemsAsync(DatabaseKind kind, int count)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();
        for (var i = 0; i < count; i++)
            await mailbox.AppendAsync(inbox);
        return (mailbox, inbox);
    }
}

using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Stores.Harness;
using CopyOf = Mailstead.Contracts.Mailboxes.V1.Delivery;

namespace Mailstead.Stores.Mailboxes;

/// <summary>One message into many mailboxes, once each, whatever is repeated.</summary>
public sealed class DeliverTests(Installations installations)
{
    private const string Content = "Subject: hello\r\nMessage-ID: <1@example.org>\r\n\r\nHello, world\r\n";

    [Theory, OnBothDatabases]
    public async Task Every_mailbox_gets_its_copy_with_its_own_first_lines(DatabaseKind kind)
    {
        var (one, other) = (await installations.NewMailboxAsync(kind), await installations.NewMailboxAsync(kind));
        var request = await Sample.DeliveryAsync(
            one.Installation, one.Ref.OrganizationId, Content, Sample.To(other, "Delivered-To: other\r\n"),
                Sample.To(one, "Delivered-To: one\r\n"));

        var results = (await one.Installation.Mailboxes.DeliverAsync(request)).Results;

        Assert.All(results, result => Assert.Equal((DeliveryResult.Types.Outcome.Delivered, 1u), (result.Outcome, result.Uid)));
        Assert.Equal(await other.InboxAsync(), results[0].FolderId);
        Assert.Equal("Delivered-To: one\r\n" + Content, await one.TextAsync(await one.InboxAsync(), 1));
        Assert.Equal("Delivered-To: other\r\n" + Content, await other.TextAsync(await other.InboxAsync(), 1));
        var item = (await one.FetchAsync(await one.InboxAsync(), 1)).Single().Item;
        Assert.Equal((Content.Length + 19, 0ul, 1_700_000_000_000), (item.Size, item.Flags, item.ReceivedAt));
        Assert.Equal(item.Size, (await one.UseAsync()).UsedBytes);
    }

    [Theory, OnBothDatabases]
    public async Task Delivered_again_it_is_there_once(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();
        var request = await Sample.DeliveryAsync(mailbox.Installation, mailbox.Ref.OrganizationId, Content, Sample.To(mailbox));

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ => await mailbox.Installation.Mailboxes.DeliverAsync(request)));
        var again = (await mailbox.Installation.Mailboxes.DeliverAsync(request)).Results.Single();

        Assert.Equal((DeliveryResult.Types.Outcome.Delivered, 1u, inbox), (again.Outcome, again.Uid, again.FolderId));
        Assert.Equal([1u], await mailbox.UidsAsync(inbox));
        Assert.Equal((Content.Length, 1L), (await mailbox.UseAsync() is var use ? (use.UsedBytes, use.ItemCount) : default));
    }

    [Theory, OnBothDatabases]
    public async Task Delivered_again_after_it_was_moved_or_expunged_it_does_not_come_back(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var (inbox, archive) = (await mailbox.InboxAsync(), (await mailbox.FolderAsync(FolderRole.Archive)).FolderId);
        var moved = await Sample.DeliveryAsync(mailbox.Installation, mailbox.Ref.OrganizationId, Content, Sample.To(mailbox));
        var expunged = await Sample.DeliveryAsync(mailbox.Installation, mailbox.Ref.OrganizationId, Content, Sample.To(mailbox));
        await mailbox.Installation.Mailboxes.DeliverAsync(moved);
        await mailbox.Installation.Mailboxes.DeliverAsync(expunged);
        await mailbox.CopyAsync(inbox, [1], archive, move: true);
        await mailbox.ExpungeAsync(inbox, [2]);

        var results = await Task.WhenAll(new[] { moved, expunged }.Select(
            async request => (await mailbox.Installation.Mailboxes.DeliverAsync(request)).Results.Single()));

        Assert.All(results, result => Assert.Equal(DeliveryResult.Types.Outcome.Delivered, result.Outcome));
        Assert.Empty(await mailbox.UidsAsync(inbox));
        Assert.Equal([1u], await mailbox.UidsAsync(archive));
    }

    [Theory, OnBothDatabases]
    public async Task A_full_mailbox_and_one_that_is_not_there_hold_up_nobody_else(DatabaseKind kind)
    {
        var (full, open) = (await installations.NewMailboxAsync(kind, quotaBytes: 10), await installations.NewMailboxAsync(kind));
        var request = await Sample.DeliveryAsync(
            open.Installation, open.Ref.OrganizationId, Content,
            Sample.To(full), new CopyOf { MailboxId = Guid.NewGuid().ToString(), Role = FolderRole.Inbox }, Sample.To(open));

        var results = (await open.Installation.Mailboxes.DeliverAsync(request)).Results;

        Assert.Equal(
            [DeliveryResult.Types.Outcome.OverQuota, DeliveryResult.Types.Outcome.NoMailbox,
                DeliveryResult.Types.Outcome.Delivered],
            results.Select(result => result.Outcome));
        Assert.Equal(Content, await open.TextAsync(await open.InboxAsync(), 1));
        Assert.Equal(0, (await full.UseAsync()).UsedBytes);
    }

    [Theory, OnBothDatabases]
    public async Task A_mailbox_that_was_deleted_and_made_again_gets_mail_again(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var api = mailbox.Installation.Mailboxes;
        await DeliverAsync();
        await api.DeleteMailboxAsync(new DeleteMailboxRequest { Mailbox = mailbox.Ref });

        var toNobody = await DeliverAsync();
        await api.CreateMailboxAsync(new CreateMailboxRequest { Mailbox = mailbox.Ref, QuotaBytes = 1 << 20 });
        var toNew = await DeliverAsync();

        Assert.Equal(DeliveryResult.Types.Outcome.NoMailbox, toNobody.Outcome);
        Assert.Equal(DeliveryResult.Types.Outcome.Delivered, toNew.Outcome);
        Assert.Equal(Content, await mailbox.TextAsync(await mailbox.InboxAsync(), 1));

        async Task<DeliveryResult> DeliverAsync() => (await api.DeliverAsync(
            await Sample.DeliveryAsync(mailbox.Installation, mailbox.Ref.OrganizationId, Content, Sample.To(mailbox))))
                .Results.Single();
    }

    [Theory, OnBothDatabases]
    public async Task A_mailbox_remade_unseen_by_this_process_gets_mail_at_the_second_attempt(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var api = mailbox.Installation.Mailboxes;
        var request = await Sample.DeliveryAsync(mailbox.Installation, mailbox.Ref.OrganizationId, Content, Sample.To(mailbox));
        await api.DeliverAsync(request);
        await api.DeleteMailboxAsync(new DeleteMailboxRequest { Mailbox = mailbox.Ref });
        await api.CreateMailboxAsync(new CreateMailboxRequest { Mailbox = mailbox.Ref, QuotaBytes = 1 << 20 });

        // The special folders that this process remembers are those of the mailbox that is gone.
        var outcomes = new List<DeliveryResult.Types.Outcome>();
        for (var i = 0; i < 2; i++)
            outcomes.Add((await api.DeliverAsync(request)).Results.Single().Outcome);

        Assert.Equal([DeliveryResult.Types.Outcome.Unavailable, DeliveryResult.Types.Outcome.Delivered], outcomes);
        Assert.Equal(Content.Length, (await mailbox.UseAsync()).UsedBytes);
    }

    [Theory, OnBothDatabases]
    public async Task Many_deliveries_at_once_lose_nothing_and_count_right(DatabaseKind kind)
    {
        var mailboxes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => installations.NewMailboxAsync(kind)));

        await Parallel.ForAsync(0, 30, TestContext.Current.CancellationToken, async (i, cancelled) =>
        {
            var request = await Sample.DeliveryAsync(
                mailboxes[0].Installation, mailboxes[0].Ref.OrganizationId, Content,
                    [.. mailboxes.OrderBy(_ => Random.Shared.Next()).Select(to => Sample.To(to))]);
            var answer = await mailboxes[0].Installation.Mailboxes.DeliverAsync(request, cancellationToken: cancelled);
            Assert.All(answer.Results, result => Assert.Equal(DeliveryResult.Types.Outcome.Delivered, result.Outcome));
        });

        foreach (var mailbox in mailboxes)
        {
            var inbox = await mailbox.FolderAsync(FolderRole.Inbox);
            Assert.Equal(Enumerable.Range(1, 30).Select(uid => (uint)uid), await mailbox.UidsAsync(inbox.FolderId));
            Assert.Equal((30L, 30L, 30L * Content.Length), (inbox.MessageCount, inbox.UnseenCount, inbox.SizeBytes));
            Assert.Equal((30L * Content.Length, 31L), await mailbox.UseAsync() is var use ? (use.UsedBytes,
                use.HighestModseq) : default);
        }
    }

    [Theory, OnBothDatabases]
    public async Task A_delivery_that_makes_no_sense_is_refused(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var api = mailbox.Installation.Mailboxes;
        var good = await Sample.DeliveryAsync(mailbox.Installation, mailbox.Ref.OrganizationId, Content, Sample.To(mailbox));

        foreach (var spoil in new Action<DeliverRequest>[]
        {
            request => request.MessageId = "x", request => request.MessageKey = ByteString.Empty,
                request => request.Body.BodyId = ByteString.Empty,
            request => request.Deliveries[0].MailboxId = "x",
                request => request.Deliveries[0].Prologue = ByteString.CopyFrom(new byte[8193]),
        })
        {
            var bad = good.Clone();
            spoil(bad);
            Assert.Equal(StatusCode.InvalidArgument, (
                await Assert.ThrowsAsync<RpcException>(async () => await api.DeliverAsync(bad))).StatusCode);
        }
    }
}

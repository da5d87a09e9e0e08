using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Mailboxes;

/// <summary>Items as bags of properties: derived, set, kept on copy and move, counted, told in the change log.</summary>
public sealed class PropertyTests(Installations installations)
{
    private const uint String = 0x001F;
    private const string Report =
        "Subject: failed\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n--b--\r\n";

    private static readonly PropertyName MessageClass = new() { Tag = 0x001A };
    private static readonly PropertyName Subject = new() { Tag = 0x0037 };
    private static readonly PropertyName Own = new()
    {
        Set = ByteString.CopyFrom(
        new Guid("11112222-3333-4444-5555-666677778888").ToByteArray(bigEndian: true)),
        Text = "own"
    };

    [Theory, OnBothDatabases]
    public async Task What_a_message_tells_is_there_without_being_set(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemAsync(kind, Report);
        await mailbox.Installation.Mailboxes.DeliverAsync(await DeliveryAsync(mailbox, "REPORT.IPM.Note.DR"));

        var items = await GetAsync(mailbox, inbox, [1, 2, 3], []);

        Assert.Equal([1u, 2u], items.Select(item => item.Uid));
        Assert.Equal(["REPORT.IPM.Note.NDR", "REPORT.IPM.Note.DR"], items.Select(item => Text(item, MessageClass)));
        Assert.Equal(["failed", "small"], items.Select(item => Text(item, Subject)));
        Assert.Equal(await mailbox.IndexAsync(inbox) is var index ? Packed.Read<long>(index.Modseqs).ToArray() : [],
            items.Select(item => item.Modseq));
        // The copy's own first lines are part of its header.
        Assert.StartsWith("Delivered-To: me\r\nSubject", Text(items[1], new PropertyName { Tag = 0x007D }));
        Assert.Equal(["failed"], (await GetAsync(mailbox, inbox, [1], [Subject]))[0].Properties.Select(property =>
            property.Value.ToStringUtf8()));
    }

    [Theory, OnBothDatabases]
    public async Task A_property_that_nobody_knows_comes_back_as_it_was_set(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemAsync(kind);
        var unknown = new Property { Name = Own, Type = 0x1102, Value = ByteString.CopyFrom([2, 1, 2, 0]) };
        var tag = new Property
        {
            Name = new PropertyName { Tag = 0x6FFF },
            Type = 0x0014,
            Value = ByteString.CopyFrom(new byte[8])
        };

        await SetAsync(mailbox, inbox, [unknown, tag]);

        Assert.Equal([tag, unknown], (await GetAsync(mailbox, inbox, [1], [Own, tag.Name]))[0].Properties.OrderByDescending(
            property => property.Name.Tag));
    }

    [Theory, OnBothDatabases]
    public async Task A_change_takes_a_modseq_and_what_changes_nothing_takes_none(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemAsync(kind);
        var before = (await mailbox.OpenAsync(inbox)).Folder.HighestModseq;

        var set = await SetAsync(mailbox, inbox, [Text(Subject, "changed")]);
        var same = await SetAsync(mailbox, inbox, [Text(Subject, "changed")]);
        var changes = await mailbox.ChangesAsync(inbox, before);
        var stale = await Assert.ThrowsAsync<RpcException>(
            () => SetAsync(mailbox, inbox, [Text(Subject, "late")], unchangedSince: before));
        var removed = await SetAsync(mailbox, inbox, [], [Subject], unchangedSince: set);

        Assert.Equal((before + 1, before + 1, before + 2), (set, same, removed));
        Assert.Equal([1u], Packed.Read<uint>(changes.ChangedUids).ToArray());
        Assert.Equal(before + 1, changes.HighestModseq);
        Assert.Equal(StatusCode.Aborted, stale.StatusCode);
        Assert.Equal("small", Text((await GetAsync(mailbox, inbox, [1], []))[0], Subject));
        Assert.Equal(MailboxOnStore.SmallMessage, await mailbox.TextAsync(inbox, 1));
    }

    [Theory, OnBothDatabases]
    public async Task Copies_and_moves_keep_the_properties_and_go_ways_of_their_own(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemAsync(kind);
        var archive = (await mailbox.FolderAsync(FolderRole.Archive)).FolderId;
        await SetAsync(mailbox, inbox, [Text(Own, "kept")]);

        await mailbox.CopyAsync(inbox, [1], archive);
        await mailbox.CopyAsync(inbox, [1], archive, move: true);
        await SetAsync(mailbox, archive, [Text(Own, "the copy's")]);

        Assert.Equal(["the copy's", "kept"], (await GetAsync(mailbox, archive, [1, 2], [Own])).Select(item => Text(item, Own)));
    }

    [Theory, OnBothDatabases]
    public async Task Properties_count_against_the_quota_until_they_go(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind, quotaBytes: 10_000);
        var (inbox, archive) = (await mailbox.InboxAsync(), (await mailbox.FolderAsync(FolderRole.Archive)).FolderId);
        await mailbox.AppendAsync(inbox);
        var small = (await mailbox.UseAsync()).UsedBytes;

        await SetAsync(mailbox, inbox, [Text(Own, new string('x', 4000))]);
        var used = (await mailbox.UseAsync()).UsedBytes;
        var tooMuch = await Assert.ThrowsAsync<RpcException>(
            () => SetAsync(mailbox, inbox, [Text(Own, new string('x', 11_000))]));
        await mailbox.CopyAsync(inbox, [1], archive);
        var full = await Assert.ThrowsAsync<RpcException>(() => mailbox.CopyAsync(inbox, [1], archive));
        Assert.Equal((StatusCode.ResourceExhausted, StatusCode.ResourceExhausted), (tooMuch.StatusCode, full.StatusCode));
        Assert.InRange(used - small, 4000, 4200);
        Assert.Equal(used * 2, (await mailbox.UseAsync()).UsedBytes);
        Assert.Equal(used, (await mailbox.FolderAsync(FolderRole.Archive)).SizeBytes);
        Assert.Equal(MailboxOnStore.SmallMessage.Length, (await mailbox.FetchAsync(inbox, 1))[0].Item.Size);

        await SetAsync(mailbox, inbox, [], [Own]);
        Assert.Equal(used + small, (await mailbox.UseAsync()).UsedBytes);
        await mailbox.ExpungeAsync(archive, [1]);
        await mailbox.ExpungeAsync(inbox, [1]);
        Assert.Equal((0L, 0L), await mailbox.UseAsync() is var use ? (use.UsedBytes, use.ItemCount) : default);
        Assert.Equal(0, (await mailbox.FolderAsync(FolderRole.Archive)).SizeBytes);
    }

    [Theory, OnBothDatabases]
    public async Task A_customers_own_class_is_kept_sealed_and_not_in_the_clear(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemAsync(kind);

        await SetAsync(mailbox, inbox, [Text(MessageClass, "IPM.Note.SecretProject"), Text(Own, "canary")]);

        Assert.Equal("IPM.Note.SecretProject", Text((await GetAsync(mailbox, inbox, [1], []))[0], MessageClass));
        var stored = await mailbox.Installation.DatabaseOf("mailboxes").ListAsync<Row>(
            TenantScope.Everyone,
            "SELECT class AS Class, properties AS Properties FROM items WHERE mailbox_id = @id",
            new { id = Guid.Parse(mailbox.Ref.MailboxId) }, TestContext.Current.CancellationToken);
        Assert.Equal("IPM.Note", stored.Single().Class);
        Assert.DoesNotContain("canary", Encoding.Latin1.GetString(stored.Single().Properties));
        await SetAsync(mailbox, inbox, [Text(MessageClass, "IPM.Task")]);
        Assert.Equal("IPM.Task", Text((await GetAsync(mailbox, inbox, [1], []))[0], MessageClass));
    }

    [Theory, OnBothDatabases]
    public async Task What_is_no_property_or_can_not_be_set_is_refused_with_a_reason(DatabaseKind kind)
    {
        var (mailbox, inbox) = await WithItemAsync(kind);
        Property[] wrong =
        [
            new Property { Type = String }, new Property { Name = new PropertyName { Tag = 0x8001 }, Type = String },
            new Property { Name = new PropertyName { Set = ByteString.CopyFrom(new byte[3]), Lid = 1 }, Type = String },
            new Property { Name = Subject, Type = 0x0003, Value = ByteString.CopyFrom(new byte[4]) },
            new Property { Name = Own, Type = 0x0003, Value = ByteString.CopyFrom(new byte[3]) },
            new Property { Name = Own, Type = 0x10001F, Value = ByteString.Empty },
            new Property { Name = new PropertyName { Tag = 0x0E08 }, Type = 0x0003, Value = ByteString.CopyFrom(new byte[4]) },
            Text(MessageClass, ""), Text(MessageClass, "IPM.ü"),
        ];

        foreach (var property in wrong)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => SetAsync(mailbox, inbox, [property]));
            Assert.True(refused.StatusCode == StatusCode.InvalidArgument && refused.Status.Detail.Length > 10,
                $"{property}: {refused.Status}");
        }

        var many = Enumerable.Range(0, 2001).Select(lid =>
            new Property { Name = new PropertyName { Set = Own.Set, Lid = (uint)lid }, Type = String });
        Assert.Equal(StatusCode.ResourceExhausted, (
            await Assert.ThrowsAsync<RpcException>(() => SetAsync(mailbox, inbox, [.. many]))).StatusCode);
        var absent = await Assert.ThrowsAsync<RpcException>(() => SetAsync(mailbox, inbox, [Text(Own, "x")], uid: 9));
        Assert.Equal(StatusCode.NotFound, absent.StatusCode);
    }

    private static Property Text(PropertyName name, string value) =>
        new() { Name = name, Type = String, Value = ByteString.CopyFromUtf8(value) };

    private static string Text(ItemProperties item, PropertyName name) =>
        item.Properties.Single(property => property.Name.Equals(name)).Value.ToStringUtf8();

    private static async Task<List<ItemProperties>> GetAsync(
        MailboxOnStore mailbox, string folder, uint[] uids, PropertyName[] names) =>
        [.. (await mailbox.Installation.Mailboxes.GetPropertiesAsync(new GetPropertiesRequest
        {
            Mailbox = mailbox.Ref, FolderId = folder, Uids = Packed.Copy<uint>(uids), Names = { names },
        })).Items];

    private static async Task<long> SetAsync(
        MailboxOnStore mailbox, string folder, Property[] set, PropertyName[]? remove = null, uint uid = 1,
            long? unchangedSince = null) =>
        (await mailbox.Installation.Mailboxes.SetPropertiesAsync(new SetPropertiesRequest
        {
            Mailbox = mailbox.Ref,
            FolderId = folder,
            Uid = uid,
            Set = { set },
            Remove = { remove ?? [] },
            Conditional = unchangedSince is not null,
            UnchangedSince = unchangedSince ?? 0,
        })).Modseq;

    private static async Task<DeliverRequest> DeliveryAsync(MailboxOnStore mailbox, string itemClass)
    {
        var request = await Sample.DeliveryAsync(
            mailbox.Installation, mailbox.Ref.OrganizationId, MailboxOnStore.SmallMessage,
                Sample.To(mailbox, "Delivered-To: me\r\n"));
        request.ItemClass = itemClass;
        return request;
    }

    private async Task<(MailboxOnStore Mailbox, string Inbox)> WithItemAsync(
        DatabaseKind kind, string content = MailboxOnStore.SmallMessage)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();
        await mailbox.AppendAsync(inbox, content);
        return (mailbox, inbox);
    }

    private sealed record Row
    {
        public string Class { get; init; } = "";

        public byte[] Properties { get; init; } = [];
    }
}

using System.Diagnostics;
using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Mailboxes.Folders;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Mime;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Items;

/// <summary>
/// Puts one message into many mailboxes in one transaction: one body, one small row for each mailbox. A second delivery of the same
/// message finds its items, or the tombstones of them, and changes nothing.
/// </summary>
internal sealed class Deliver(
    [FromKeyedServices("mailboxes")] Database database, MailboxKeys keys, InboxFolders inboxes, WatchHub hub, TimeProvider clock)
{
    private static readonly ActivitySource Source = new("Mailstead.Mailboxes");

    private static readonly Statement FindEarlier = new(
        """
        SELECT folder_id, uid
          FROM items
         WHERE mailbox_id = @mailbox_id
           AND item_id = @item_id
        UNION ALL
        SELECT folder_id, uid
          FROM tombstones
         WHERE mailbox_id = @mailbox_id
           AND item_id = @item_id
        """);

    public async Task<DeliverResponse> RunAsync(DeliverRequest request, CancellationToken cancellationToken)
    {
        using var activity = Source.StartActivity("deliver", ActivityKind.Internal, request.TraceParent);
        activity?.SetTag("mailstead.mailboxes", request.Deliveries.Count);
        if (!Guid.TryParse(request.OrganizationId, out var organizationId) || !Guid.TryParse(request.MessageId, out var messageId))
            throw Refused.Invalid("organization_id and message_id must be UUIDs");
        if (request.Body is not { BodyId.Length: 16 } body || request.MessageKey.Length != MessageKey.OctetCount)
            throw Refused.Invalid("body_id has 16 octets and message_key 32");
        var bodyId = new Guid(body.BodyId.Span, bigEndian: true);
        var copies = new Copy[request.Deliveries.Count];
        for (var i = 0; i < copies.Length; i++)
            copies[i] = await PrepareAsync(request, organizationId, messageId, bodyId, i, cancellationToken);
        // Rows are always locked in the same order, so that two deliveries never wait for each other.
        Array.Sort(copies, static (one, other) => one.Mailbox.MailboxId.CompareTo(other.Mailbox.MailboxId));
        if (database.Dialect.ChangesInQueries)
            await StoreTogetherAsync(body, bodyId, [.. copies.Where(copy => copy.Item is not null)], cancellationToken);
        if (copies.Where(copy => copy.Result is null).ToArray() is { Length: > 0 } rest)
        {
            await database.WriteAsync(
                TenantScope.Of(rest.Select(copy => copy.Mailbox.MailboxId)),
                transaction => StoreAsync(transaction, body, bodyId, rest), cancellationToken);
        }

        foreach (var copy in copies.Where(copy => copy.HasNoFolder))
            inboxes.Forget(copy.Mailbox, request.Deliveries[copy.Index].Role);
        return Answer(copies, activity?.Id ?? request.TraceParent);
    }

    private async ValueTask<Copy> PrepareAsync(
        DeliverRequest request, Guid organizationId, Guid messageId, Guid bodyId, int index, CancellationToken cancellationToken)
    {
        var delivery = request.Deliveries[index];
        if (!Guid.TryParse(delivery.MailboxId, out var mailboxId) || delivery.Prologue.Length > MailboxLimits.PrologueOctetsMax)
            throw Refused.Invalid($"mailbox_id must be a UUID and a prologue at most {MailboxLimits.PrologueOctetsMax} octets");
        var mailbox = new MailboxName(organizationId, mailboxId);
        var copy = new Copy(index, mailbox);
        try
        {
            var folderId = delivery.FolderId.Length > 0
                ? MailboxName.Folder(delivery.FolderId)
                : await inboxes.FindAsync(mailbox, delivery.Role, cancellationToken);
            using var key = await keys.GetAsync(mailbox, cancellationToken);
            copy.Item = new NewItem
            {
                ItemId = DerivedId.Of(messageId, mailboxId.ToByteArray(bigEndian: true)),
                FolderId = folderId,
                Flags = 0,
                Size = request.Body.Size + delivery.Prologue.Length,
                ReceivedAt = request.ReceivedAt,
                SavedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
                BodyId = bodyId,
                Class = ItemClass.StoredAs(request.ItemClass),
                Sealed = ItemSeal.Seal(key, mailboxId, bodyId, request.MessageKey.Span, delivery.Prologue.Span),
            };
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.NotFound)
        {
            copy.Result = new DeliveryResult { Outcome = DeliveryResult.Types.Outcome.NoMailbox, Reason = refused.Status.Detail };
        }
        catch (RpcException refused)
        {
            // A locked key holds up its own mailbox and no other.
            copy.Result = new DeliveryResult { Outcome = DeliveryResult.Types.Outcome.Unavailable, Reason = refused.Status.Detail };
        }

        return copy;
    }

    /// <summary>
    /// All that can simply be stored, beside what other deliveries store. Where that can't be said in one statement, there is no result yet: the
    /// mailbox is full or gone, or has the item.
    /// </summary>
    private async Task StoreTogetherAsync(BodyReference body, Guid bodyId, Copy[] copies, CancellationToken cancellationToken)
    {
        if (copies.Length == 0)
            return;
        var results = await database.ChangeTogetherAsync(
            TenantScope.Of(copies.Select(copy => copy.Mailbox.MailboxId)),
            [
                BodyRows.Inserted(bodyId, body.Location, body.Size, body.Summary.ToByteArray(), copies[0].Item!.SavedAt),
                .. copies.Select(copy => copy.Item!.ToChange(copy.Mailbox)),
            ],
            cancellationToken);
        for (var i = 0; i < copies.Length; i++)
        {
            if (results[i + 1] is not Placed placed)
                continue;
            copies[i].OwesSpace = placed.Uid == 0;
            if (copies[i].OwesSpace)
                continue;
            copies[i].ModSeq = placed.ModSeq;
            copies[i].Result = Delivered(copies[i].Item!.FolderId, placed.Uid);
        }
    }

    private static async ValueTask<bool> StoreAsync(Transaction transaction, BodyReference body, Guid bodyId, Copy[] copies)
    {
        var hasStored = false;
        foreach (var copy in copies)
        {
            if (copy.OwesSpace)
                await copy.Item!.ReturnSpaceAsync(transaction, copy.Mailbox);
            (copy.ModSeq, copy.HasNoFolder) = (0, false);
            copy.Result = await StoreAsync(transaction, copy, copy.Item!);
            hasStored |= copy.ModSeq > 0;
        }

        if (hasStored)
        {
            await BodyRows.InsertAsync(
                transaction, bodyId, body.Location, body.Size, body.Summary.ToByteArray(), copies[0].Item!.SavedAt);
        }

        return hasStored;
    }

    private static async ValueTask<DeliveryResult> StoreAsync(Transaction transaction, Copy copy, NewItem item)
    {
        var earlier = await transaction.FindAsync(
            FindEarlier, reader => Tuple.Create(reader.GetId(0), (uint)reader.GetInt64(1)), copy.Mailbox.MailboxId, item.ItemId);
        if (earlier is not null)
            return Delivered(earlier.Item1, earlier.Item2);
        try
        {
            var placed = await item.InsertAsync(transaction, copy.Mailbox);
            if (placed is null)
                return await FullOrGoneAsync(transaction, copy);
            copy.ModSeq = placed.ModSeq;
            return Delivered(item.FolderId, placed.Uid);
        }
        catch (RpcException gone) when (gone.StatusCode == StatusCode.NotFound)
        {
            // Deleted, or made again, since its folder was looked up: the next attempt sees what there is now.
            copy.HasNoFolder = true;
            return new DeliveryResult { Outcome = DeliveryResult.Types.Outcome.Unavailable, Reason = gone.Status.Detail };
        }
    }

    private static async ValueTask<DeliveryResult> FullOrGoneAsync(Transaction transaction, Copy copy)
    {
        copy.HasNoFolder = !await FolderQueries.ExistsAsync(transaction, copy.Mailbox);
        return copy.HasNoFolder
            ? new DeliveryResult { Outcome = DeliveryResult.Types.Outcome.NoMailbox, Reason = "There is no such mailbox" }
            : new DeliveryResult { Outcome = DeliveryResult.Types.Outcome.OverQuota, Reason = "The mailbox is full" };
    }

    private static DeliveryResult Delivered(Guid folderId, uint uid) =>
        new() { Outcome = DeliveryResult.Types.Outcome.Delivered, FolderId = folderId.ToString(), Uid = uid };

    private DeliverResponse Answer(Copy[] copies, string traceParent)
    {
        foreach (var copy in copies)
        {
            if (copy.ModSeq > 0)
                hub.Publish(copy.Mailbox.MailboxId, copy.Item!.FolderId, copy.ModSeq, traceParent);
        }

        Array.Sort(copies, static (one, other) => one.Index.CompareTo(other.Index));
        var response = new DeliverResponse();
        foreach (var copy in copies)
            response.Results.Add(copy.Result);
        return response;
    }

    private sealed class Copy(int index, MailboxName mailbox)
    {
        public int Index { get; } = index;

        public MailboxName Mailbox { get; } = mailbox;

        public NewItem? Item { get; set; }

        public DeliveryResult? Result { get; set; }

        public bool HasNoFolder { get; set; }

        /// <summary>Space was taken of its quota and nothing stored.</summary>
        public bool OwesSpace { get; set; }

        /// <summary>Above 0: stored by this very call.</summary>
        public long ModSeq { get; set; }
    }
}

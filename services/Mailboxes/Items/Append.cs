using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Mailboxes.Flags;
using Mailstead.Mailboxes.Folders;
using Mailstead.Mailboxes.Quota;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Mime;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Items;

/// <summary>Takes one message from a client into a folder: body first, then the rows.</summary>
internal sealed class Append(
    [FromKeyedServices("mailboxes")] Database database, IBodyStore bodies, MailboxKeys keys, MailboxQuota quota, WatchHub hub,
    TimeProvider clock)
{
    public async Task<AppendResponse> RunAsync(IAsyncStreamReader<AppendRequest> requests, CancellationToken cancellationToken)
    {
        if (!await requests.MoveNext(cancellationToken) || requests.Current.Start is not { } start)
            throw Refused.Invalid("The first request tells the mailbox and folder");
        var mailbox = MailboxName.Of(start.Mailbox);
        var folderId = MailboxName.Folder(start.FolderId);
        await CheckAsync(mailbox, folderId, start, cancellationToken);
        using var messageKey = MessageKey.Create();
        var bodyId = Guid.CreateVersion7(clock.GetUtcNow());
        await using var writer = bodies.Create(bodyId, messageKey);
        var scanner = new MimeScanner();
        await CopyAsync(requests, writer, scanner, cancellationToken);
        var summary = scanner.Complete();
        var sealedSummary = messageKey.SealCompressed(
            Google.Protobuf.MessageExtensions.ToByteArray(summary), BodyRows.SummaryContext(bodyId));
        var stored = await writer.CompleteAsync(cancellationToken);
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        var placed = await database.WriteAsync(
            mailbox.Scope,
            transaction => StoreAsync(
                transaction, mailbox, folderId, start, stored, ItemClass.Of(summary), sealedSummary, messageKey, key), cancellationToken);
        hub.Publish(mailbox.MailboxId, folderId, placed.ModSeq, System.Diagnostics.Activity.Current?.Id ?? "");
        return new AppendResponse { Uid = placed.Uid, UidValidity = placed.UidValidity };
    }

    private static async Task CopyAsync(
        IAsyncStreamReader<AppendRequest> requests, BodyWriter writer, MimeScanner scanner, CancellationToken cancellationToken)
    {
        long size = 0;
        while (true)
        {
            var request = requests.Current;
            size += request.Data.Length;
            if (size > MailboxLimits.MessageOctetsMax)
                throw Refused.Exhausted($"A message has at most {MailboxLimits.MessageOctetsMax} octets");
            scanner.Append(request.Data.Span);
            await writer.WriteAsync(request.Data.Memory, cancellationToken);
            if (request.Complete)
                return;
            if (!await requests.MoveNext(cancellationToken))
                throw Refused.Invalid("The message ended before it was complete");
        }
    }

    private async Task CheckAsync(MailboxName mailbox, Guid folderId, AppendStart start, CancellationToken cancellationToken)
    {
        if ((start.Flags & ~SystemFlags.All) != 0)
            throw Refused.Invalid("flags holds system flags only; name keywords in keywords");
        if (start.Size > MailboxLimits.MessageOctetsMax)
            throw Refused.Exhausted($"A message has at most {MailboxLimits.MessageOctetsMax} octets");
        await database.ReadAsync(
            mailbox.Scope, transaction => FolderQueries.GetAsync(transaction, mailbox, folderId), cancellationToken);
        var space = await quota.GetAsync(mailbox, cancellationToken);
        if (space.UsedBytes + start.Size > space.QuotaBytes)
            throw Refused.Exhausted("The mailbox is full: its quota would be exceeded");
    }

    private async ValueTask<Placed> StoreAsync(
        Transaction transaction, MailboxName mailbox, Guid folderId, AppendStart start, StoredBody stored, string itemClass,
        byte[] sealedSummary, MessageKey messageKey, DataKey key)
    {
        await MailboxLock.TakeAsync(transaction, mailbox);
        await FolderQueries.GetAsync(transaction, mailbox, folderId);
        var (keywordBits, _) = await Keywords.EnsureAsync(transaction, key, mailbox.MailboxId, start.Keywords);
        var now = clock.GetUtcNow();
        var item = new NewItem
        {
            ItemId = Guid.CreateVersion7(now),
            FolderId = folderId,
            Flags = start.Flags | keywordBits,
            Size = stored.Size,
            ReceivedAt = start.ReceivedAt != 0 ? start.ReceivedAt : now.ToUnixTimeMilliseconds(),
            SavedAt = now.ToUnixTimeMilliseconds(),
            BodyId = stored.BodyId,
            Class = itemClass,
            Sealed = ItemSeal.Seal(key, mailbox.MailboxId, stored.BodyId, messageKey.Octets, []),
        };
        var placed = await item.InsertAsync(transaction, mailbox)
            ?? throw Refused.Exhausted("The mailbox is full: its quota would be exceeded");
        await BodyRows.InsertAsync(transaction, stored.BodyId, stored.Location, stored.Size, sealedSummary, item.SavedAt);
        return placed;
    }
}

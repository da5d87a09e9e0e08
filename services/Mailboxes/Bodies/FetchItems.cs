using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Bodies;

/// <summary>Streams items in uid order: metadata, summary, pieces of content, in chunks that fit the stream.</summary>
internal sealed class FetchItems(
    [FromKeyedServices("mailboxes")] Database database, IBodyStore bodies, MailboxKeys keys)
{
    private const int RowsAhead = 32;
    private const int ChunkOctets = 64 * 1024;
    private const int SectionsMax = 1000;

    public async Task RunAsync(
        FetchItemsRequest request, IServerStreamWriter<FetchedItem> output, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var folderId = MailboxName.Folder(request.FolderId);
        if (request.Sections.Count > SectionsMax)
            throw Refused.Exhausted($"At most {SectionsMax} sections are fetched at once");
        await database.ReadAsync(
            mailbox.Scope,
            async transaction => await Folders.FolderQueries.GetAsync(transaction, mailbox, folderId), cancellationToken);
        foreach (var chunk in Packed.Read<uint>(request.Uids).ToArray().Chunk(RowsAhead))
        {
            var rows = await database.ReadAsync(
                mailbox.Scope,
                transaction => ItemRow.ListAsync(transaction, mailbox.MailboxId, folderId, chunk), cancellationToken);
            // Asked for anew each time: a key that is locked meanwhile stops a long fetch within a minute.
            using var key = await keys.GetAsync(mailbox, cancellationToken);
            foreach (var row in rows)
                await SendAsync(row, mailbox, key, request, output, cancellationToken);
        }
    }

    private async Task SendAsync(
        ItemRow row, MailboxName mailbox, DataKey key, FetchItemsRequest request, IServerStreamWriter<FetchedItem> output,
        CancellationToken cancellationToken)
    {
        using var content = ItemContent.Open(bodies, mailbox, key, row);
        var message = new FetchedItem
        {
            First = true,
            Uid = row.Uid,
            Flags = row.Flags,
            Modseq = row.ModSeq,
            Size = row.Size,
            ReceivedAt = row.ReceivedAt,
            ItemId = UnsafeByteOperations.UnsafeWrap(row.ItemId.ToByteArray(bigEndian: true)),
            EmailId = UnsafeByteOperations.UnsafeWrap(row.BodyId.ToByteArray(bigEndian: true)),
            Summary = request.Summary ? content.Summary : null,
        };
        var room = ChunkOctets;
        for (var index = 0; index < request.Sections.Count; index++)
        {
            if (Sections.Find(content, request.Sections[index]) is not { } place)
            {
                message.Sections.Add(new FetchedSection { Index = index });
                continue;
            }

            for (long sent = 0; sent == 0 || sent < place.Length;)
            {
                var data = await ReadAsync(content, place.Offset + sent, Math.Min(place.Length - sent, room), cancellationToken);
                message.Sections.Add(new FetchedSection { Index = index, Found = true, Length = place.Length, Data = data });
                sent += data.Length;
                room -= data.Length;
                if (place.Length == 0)
                    break;
                if (room > 0)
                    continue;
                await output.WriteAsync(message, cancellationToken);
                message = new FetchedItem { Uid = row.Uid };
                room = ChunkOctets;
            }
        }

        if (message.First || message.Sections.Count > 0)
            await output.WriteAsync(message, cancellationToken);
    }

    private static async ValueTask<ByteString> ReadAsync(
        ItemContent content, long offset, long length, CancellationToken cancellationToken)
    {
        var buffer = new byte[length];
        var filled = 0;
        while (filled < buffer.Length)
        {
            var count = await content.ReadAsync(offset + filled, buffer.AsMemory(filled), cancellationToken);
            if (count == 0)
                throw new BodyMissingException("item shorter than its row says");
            filled += count;
        }

        return UnsafeByteOperations.UnsafeWrap(buffer);
    }
}

using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Flags;

namespace Mailstead.Mailboxes.Changes;

/// <summary>Columns of the index for some items or all.</summary>
internal sealed class ReadIndex(FolderIndexCache indexes, MailboxKeys keys)
{
    public async Task<ReadIndexResponse> RunAsync(ReadIndexRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var (folder, index) = await indexes.GetAsync(mailbox, MailboxName.Folder(request.FolderId), cancellationToken);
        var response = new ReadIndexResponse();
        var entries = Select(index, request.Uids);
        Fill(response, entries, request);
        if (folder.SealedKeywords is not null)
        {
            using var key = await keys.GetAsync(mailbox, cancellationToken);
            response.Keywords.AddRange(Keywords.Open(key, mailbox.MailboxId, folder.SealedKeywords));
        }

        return response;
    }

    private static IndexEntry[] Select(FolderIndex index, Google.Protobuf.ByteString wanted)
    {
        lock (index.Gate)
        {
            if (wanted.IsEmpty)
                return index.Entries.ToArray();
            var uids = Packed.Read<uint>(wanted);
            var found = new IndexEntry[uids.Length];
            var count = 0;
            var at = 0;
            foreach (var uid in uids)
            {
                // Wanted uids ascend: mostly the next entry is it.
                if (at >= index.Count || index.Uids[at] != uid)
                    at = index.Find(uid);
                if (at < 0)
                {
                    at = ~at;
                    continue;
                }

                found[count++] = index.Entries[at++];
            }

            return found[..count];
        }
    }

    private static void Fill(ReadIndexResponse response, IndexEntry[] entries, ReadIndexRequest request)
    {
        response.Uids = Column(entries, static (in IndexEntry entry) => entry.Uid);
        response.Flags = Column(entries, static (in IndexEntry entry) => entry.Flags);
        response.Modseqs = Column(entries, static (in IndexEntry entry) => entry.ModSeq);
        if (request.Sizes)
            response.Sizes = Column(entries, static (in IndexEntry entry) => entry.Size);
        if (request.ReceivedTimes)
            response.ReceivedTimes = Column(entries, static (in IndexEntry entry) => entry.ReceivedAt);
        if (request.SavedTimes)
            response.SavedTimes = Column(entries, static (in IndexEntry entry) => entry.SavedAt);
        if (request.ItemIds)
            response.ItemIds = Ids(entries, static (in IndexEntry entry) => entry.ItemId);
        if (request.EmailIds)
            response.EmailIds = Ids(entries, static (in IndexEntry entry) => entry.BodyId);
    }

    private delegate T Pick<T>(in IndexEntry entry);

    private static Google.Protobuf.ByteString Column<T>(IndexEntry[] entries, Pick<T> pick)
        where T : unmanaged
    {
        var column = new T[entries.Length];
        for (var i = 0; i < entries.Length; i++)
            column[i] = pick(in entries[i]);
        return Packed.Wrap(column, column.Length);
    }

    private static Google.Protobuf.ByteString Ids(IndexEntry[] entries, Pick<Guid> pick)
    {
        var octets = new byte[entries.Length * 16];
        for (var i = 0; i < entries.Length; i++)
            pick(in entries[i]).TryWriteBytes(octets.AsSpan(i * 16), bigEndian: true, out _);
        return Google.Protobuf.UnsafeByteOperations.UnsafeWrap(octets);
    }
}

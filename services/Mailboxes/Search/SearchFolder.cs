using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Bodies;
using Mailstead.Mailboxes.Changes;
using Mailstead.Mailboxes.Flags;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Search;

/// <summary>
/// Finds items of a folder. What the index knows is asked first; an item's content is opened only when the answer
/// depends on it.
/// </summary>
internal sealed class SearchFolder(
    [FromKeyedServices("mailboxes")] Database database, FolderIndexCache indexes, IBodyStore bodies, MailboxKeys keys)
{
    public async Task<SearchResponse> RunAsync(SearchRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var folderId = MailboxName.Folder(request.FolderId);
        var (folder, index) = await indexes.GetAsync(mailbox, folderId, cancellationToken);
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        var query = SearchQuery.Compile(request.Key ?? new SearchKey { All = true }, Keywords.Open(key, mailbox.MailboxId, folder.SealedKeywords));
        var found = new List<uint>();
        long highest = 0;
        foreach (var entry in Candidates(index, request.Uids))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var item = new SearchedItem(entry, () => OpenAsync(mailbox, folderId, key, entry.Uid, cancellationToken));
            if (!await query.MatchesAsync(item, cancellationToken))
                continue;
            found.Add(entry.Uid);
            highest = Math.Max(highest, entry.ModSeq);
        }

        return new SearchResponse { Uids = Packed.Copy<uint>(found.ToArray()), HighestModseq = highest };
    }

    private static IndexEntry[] Candidates(FolderIndex index, Google.Protobuf.ByteString uids)
    {
        lock (index.Gate)
        {
            if (uids.IsEmpty)
                return index.Entries.ToArray();
            var found = new List<IndexEntry>();
            foreach (var uid in Packed.Read<uint>(uids))
            {
                if (index.Find(uid) is >= 0 and var at)
                    found.Add(index.Entries[at]);
            }

            return [.. found];
        }
    }

    /// <summary>Null: the item has gone since the index was read.</summary>
    private async ValueTask<ItemContent?> OpenAsync(
        MailboxName mailbox, Guid folderId, DataKey key, uint uid, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            mailbox.Scope,
            transaction => ItemRow.ListAsync(transaction, mailbox.MailboxId, folderId, [uid]), cancellationToken);
        return rows.Count == 0 ? null : ItemContent.Open(bodies, mailbox, key, rows[0]);
    }
}

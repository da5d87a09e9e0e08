using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Flags;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Changes;

/// <summary>What has happened to a folder since a modseq.</summary>
internal sealed class GetChanges(
    [FromKeyedServices("mailboxes")] Database database, FolderIndexCache indexes, MailboxKeys keys)
{
    private static readonly Statement Removed = new(
        """
        SELECT DISTINCT uid
          FROM tombstones
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
           AND modseq > @since
           AND uid < @below
         ORDER BY uid
        """);

    public async Task<GetChangesResponse> RunAsync(GetChangesRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var folderId = MailboxName.Folder(request.FolderId);
        var below = request.BelowUidNext == 0 ? long.MaxValue : request.BelowUidNext;
        var (folder, index) = await indexes.GetAsync(mailbox, folderId, cancellationToken);
        var response = new GetChangesResponse { UidNext = folder.UidNext };
        FillChanged(response, index, request.SinceModseq);
        if (response.HighestModseq > request.SinceModseq)
        {
            var removed = await database.ListAsync(
                mailbox.Scope,
                Removed, reader => (uint)reader.GetInt64(0), [mailbox.MailboxId, folderId, request.SinceModseq, below], cancellationToken);
            response.RemovedUids = Packed.Copy<uint>(removed.ToArray());
        }

        if (folder.SealedKeywords is not null)
        {
            using var key = await keys.GetAsync(mailbox, cancellationToken);
            response.Keywords.AddRange(Keywords.Open(key, mailbox.MailboxId, folder.SealedKeywords));
        }

        return response;
    }

    private static void FillChanged(GetChangesResponse response, FolderIndex index, long since)
    {
        var uids = new List<uint>();
        var flags = new List<ulong>();
        var modSeqs = new List<long>();
        lock (index.Gate)
        {
            response.HighestModseq = index.ModSeq;
            response.MessageCount = index.Count;
            if (index.Count > 0)
                response.UidNext = Math.Max(response.UidNext, index.Uids[index.Count - 1] + 1);
            if (index.ModSeq <= since)
                return;
            foreach (ref readonly var entry in index.Entries)
            {
                if (entry.ModSeq <= since)
                    continue;
                uids.Add(entry.Uid);
                flags.Add(entry.Flags);
                modSeqs.Add(entry.ModSeq);
            }
        }

        response.ChangedUids = Packed.Copy<uint>(uids.ToArray());
        response.ChangedFlags = Packed.Copy<ulong>(flags.ToArray());
        response.ChangedModseqs = Packed.Copy<long>(modSeqs.ToArray());
    }
}

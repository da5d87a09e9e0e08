using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Flags;

namespace Mailstead.Mailboxes.Changes;

/// <summary>What selecting a folder needs: its row and the uids of its items.</summary>
internal sealed class OpenFolder(FolderIndexCache indexes, MailboxKeys keys)
{
    public async Task<OpenFolderResponse> RunAsync(OpenFolderRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var (folder, index) = await indexes.GetAsync(mailbox, MailboxName.Folder(request.FolderId), cancellationToken);
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        var response = new OpenFolderResponse { Folder = folder.ToMessage(key, mailbox.MailboxId) };
        response.Keywords.AddRange(Keywords.Open(key, mailbox.MailboxId, folder.SealedKeywords));
        lock (index.Gate)
        {
            response.Uids = Packed.Wrap(index.Uids, index.Count);
            response.Folder.MessageCount = index.Count;
            response.Folder.HighestModseq = index.ModSeq;
            if (index.Count > 0)
                response.Folder.UidNext = Math.Max(response.Folder.UidNext, index.Uids[index.Count - 1] + 1);
            response.FirstUnseenUid = FirstUnseen(index.Entries);
        }

        return response;
    }

    private static uint FirstUnseen(ReadOnlySpan<IndexEntry> entries)
    {
        foreach (ref readonly var entry in entries)
        {
            if ((entry.Flags & SystemFlags.Seen) == 0)
                return entry.Uid;
        }

        return 0;
    }
}

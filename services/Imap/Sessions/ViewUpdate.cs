using System.Diagnostics;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;

namespace Mailstead.Imap.Sessions;

/// <summary>Tells a session what has happened to its folder (RFC 9051 §7.5) and brings its view up to it.</summary>
internal sealed class ViewUpdate(MailboxesApi.MailboxesApiClient mailboxes)
{
    private static readonly ActivitySource Source = new("Mailstead.Imap");

    /// <param name="mayRemove">False while the client still counts on its sequence numbers (RFC 9051 §7.5.1).</param>
    public async Task RunAsync(ImapSession session, bool mayRemove, CancellationToken cancellationToken)
    {
        if (session.View is not { } view)
            return;
        using var activity = Source.StartActivity("imap notify", ActivityKind.Consumer, session.NewsTraceParent);
        session.HasNews = false;
        var changes = await mailboxes.GetChangesAsync(
            new GetChangesRequest
            {
                Mailbox = session.Mailbox,
                FolderId = view.FolderId,
                SinceModseq = view.ModSeq,
                BelowUidNext = view.UidNext,
            },
            cancellationToken: cancellationToken);
        if (changes.HighestModseq <= view.ModSeq)
            return;
        var removed = Packed.Read<uint>(changes.RemovedUids).ToArray();
        if (removed.Length > 0 && !mayRemove)
        {
            // Later, all at once: a client must not see changes beyond a removal that it has not heard of.
            session.HasNews = true;
            return;
        }

        TellRemoved(session, view, removed);
        TellKeywords(session, view, changes);
        TellChanged(session, view, changes);
        view.ModSeq = changes.HighestModseq;
    }

    private static void TellRemoved(ImapSession session, FolderView view, uint[] removed)
    {
        var gone = new List<uint>();
        for (var i = removed.Length - 1; i >= 0; i--)
        {
            var index = view.IndexOf(removed[i]);
            if (index < 0)
                continue;
            if (session.HasQResync)
                gone.Add(removed[i]);
            else
                session.Output.Text("* ").Number(index + 1).Text(" EXPUNGE\r\n");
            view.RemoveAt(index);
            view.OwnChanges.Remove(removed[i]);
        }

        if (gone.Count == 0)
            return;
        gone.Reverse();
        session.Output.Text("* VANISHED ").Set(gone).Line();
    }

    private static void TellKeywords(ImapSession session, FolderView view, GetChangesResponse changes)
    {
        if (changes.Keywords.Count <= view.Keywords.Count)
            return;
        view.Keywords = [.. changes.Keywords];
        FlagsResponse.WriteFlags(session, view);
    }

    private static void TellChanged(ImapSession session, FolderView view, GetChangesResponse changes)
    {
        var uids = Packed.Read<uint>(changes.ChangedUids);
        var flags = Packed.Read<ulong>(changes.ChangedFlags);
        var modSeqs = Packed.Read<long>(changes.ChangedModseqs);
        var known = uids.Length;
        var last = view.Count > 0 ? view.UidAt(view.Count - 1) : 0;
        while (known > 0 && uids[known - 1] > last)
            known--;
        if (known < uids.Length)
        {
            view.Append(uids[known..]);
            session.Output.Text("* ").Number(view.Count).Text(" EXISTS\r\n");
            if (!session.IsRev2)
                session.Output.Text("* 0 RECENT\r\n");
        }

        view.UidNext = Math.Max(view.UidNext, changes.UidNext);
        for (var i = 0; i < known; i++)
        {
            if (view.OwnChanges.Remove(uids[i], out var told) && told >= modSeqs[i])
                continue;
            if (view.IndexOf(uids[i]) is >= 0 and var index)
                FlagsResponse.WriteFetch(session, view, index, flags[i], modSeqs[i], withUid: session.HasCondStore || session.HasQResync);
        }
    }
}

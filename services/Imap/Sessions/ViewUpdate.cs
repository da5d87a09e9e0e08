using System.Diagnostics;
using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;

namespace Mailstead.Imap.Sessions;

/// <summary>Tells a session what has happened to its folder (RFC 9051 §7.5) and brings its view up to it.</summary>
internal sealed class ViewUpdate(MailboxesApi.MailboxesApiClient mailboxes)
{
    private static readonly ActivitySource Source = new("Mailstead.Imap");

    public async Task RunAsync(ImapSession session, Removals removals, CancellationToken cancellationToken)
    {
        if (session.View is not { } view)
            return;
        using var activity = Source.StartActivity("imap notify", ActivityKind.Consumer, session.NewsTraceParent);
        session.HasNews = false;
        if (await ReadAsync(session, view, cancellationToken) is not { } changes)
            return;
        if (changes.HighestModseq <= view.ModSeq)
            return;
        var removed = Packed.Read<uint>(changes.RemovedUids).ToArray();
        if (removed.Length > 0 && (removals == Removals.Withheld || (removals == Removals.Alone && CountKnown(view, changes) > 0)))
        {
            // Later, all at once: a client must not see changes beyond a removal that it has not heard of.
            session.HasNews = true;
            return;
        }

        await TellRemovedAsync(session, view, removed, cancellationToken);
        TellKeywords(session, view, changes);
        await TellChangedAsync(session, view, changes, cancellationToken);
        view.ModSeq = changes.HighestModseq;
    }

    /// <summary>Null: the folder is gone. No client is made for that; it hears so and has to come again (RFC 2180 §3.3).</summary>
    private async Task<GetChangesResponse?> ReadAsync(ImapSession session, FolderView view, CancellationToken cancellationToken)
    {
        try
        {
            return await mailboxes.GetChangesAsync(
                new GetChangesRequest
                {
                    Mailbox = view.Mailbox,
                    FolderId = view.FolderId,
                    SinceModseq = view.ModSeq,
                    BelowUidNext = view.UidNext,
                },
                cancellationToken: cancellationToken);
        }
        catch (RpcException gone) when (gone.StatusCode == StatusCode.NotFound)
        {
            session.View = null;
            session.Interrupt("The mailbox that was selected has been deleted");
            return null;
        }
        catch (RpcException)
        {
            // Not read yet, so still news.
            session.HasNews = true;
            throw;
        }
    }

    private static async ValueTask TellRemovedAsync(ImapSession session, FolderView view, uint[] removed, CancellationToken cancellationToken)
    {
        var indexes = new List<int>(removed.Length);
        foreach (var uid in removed)
        {
            if (view.IndexOf(uid) is >= 0 and var index)
                indexes.Add(index);
            view.OwnChanges.Remove(uid);
        }

        if (indexes.Count == 0)
            return;
        if (session.HasQResync)
            session.Output.Text("* VANISHED ").Set(indexes.ConvertAll(view.UidAt)).Line();
        // From the last to the first, so that no number moves before it is told.
        for (var i = indexes.Count - 1; i >= 0 && !session.HasQResync; i--)
        {
            session.Output.Text("* ").Number(indexes[i] + 1).Text(" EXPUNGE\r\n");
            if (session.Output.WantsFlush)
                await session.FlushAsync(cancellationToken);
        }

        view.Remove(indexes);
    }

    private static void TellKeywords(ImapSession session, FolderView view, GetChangesResponse changes)
    {
        if (changes.Keywords.Count <= view.Keywords.Count)
            return;
        view.Keywords = [.. changes.Keywords];
        FlagsResponse.WriteFlags(session, view);
    }

    private static async ValueTask TellChangedAsync(
        ImapSession session, FolderView view, GetChangesResponse changes, CancellationToken cancellationToken)
    {
        var known = CountKnown(view, changes);
        TellNew(session, view, changes, known);
        view.UidNext = Math.Max(view.UidNext, changes.UidNext);
        for (var i = 0; i < known;)
        {
            i = TellSome(session, view, changes, i, known);
            if (session.Output.WantsFlush)
                await session.FlushAsync(cancellationToken);
        }
    }

    /// <summary>How many of the changes are of messages that the client knew before.</summary>
    private static int CountKnown(FolderView view, GetChangesResponse changes)
    {
        var uids = Packed.Read<uint>(changes.ChangedUids);
        var known = uids.Length;
        var last = view.Count > 0 ? view.UidAt(view.Count - 1) : 0;
        while (known > 0 && uids[known - 1] > last)
            known--;
        return known;
    }

    private static void TellNew(ImapSession session, FolderView view, GetChangesResponse changes, int known)
    {
        var uids = Packed.Read<uint>(changes.ChangedUids);
        if (known == uids.Length)
            return;
        view.Append(uids[known..]);
        session.Output.Text("* ").Number(view.Count).Text(" EXISTS\r\n");
        if (!session.IsRev2)
            session.Output.Text("* 0 RECENT\r\n");
    }

    private static int TellSome(ImapSession session, FolderView view, GetChangesResponse changes, int from, int known)
    {
        var uids = Packed.Read<uint>(changes.ChangedUids);
        var flags = Packed.Read<ulong>(changes.ChangedFlags);
        var modSeqs = Packed.Read<long>(changes.ChangedModseqs);
        var i = from;
        for (; i < known && !session.Output.WantsFlush; i++)
        {
            if (view.OwnChanges.Remove(uids[i], out var told) && told >= modSeqs[i])
                continue;
            if (view.IndexOf(uids[i]) is >= 0 and var index)
                FlagsResponse.WriteFetch(session, view, index, flags[i], modSeqs[i], withUid: session.HasCondStore || session.HasQResync);
        }

        return i;
    }
}

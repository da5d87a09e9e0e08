using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>SELECT and EXAMINE (RFC 9051 §6.3.2), with CONDSTORE and QRESYNC (RFC 7162 §3.1.8, §3.2.5).</summary>
internal sealed class Select(MailboxesApi.MailboxesApiClient mailboxes, FolderTree tree, ChangeFeed feed)
{
    public Task<ImapReply> SelectAsync(ImapArguments arguments, CancellationToken cancellationToken) =>
        RunAsync(arguments, isReadOnly: false, cancellationToken);

    public Task<ImapReply> ExamineAsync(ImapArguments arguments, CancellationToken cancellationToken) =>
        RunAsync(arguments, isReadOnly: true, cancellationToken);

    private async Task<ImapReply> RunAsync(ImapArguments arguments, bool isReadOnly, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        if (!TryParse(arguments, out var name, out var resync))
            return ImapReply.Bad("SELECT needs a mailbox, and parameters that it knows");
        if (resync is not null && !session.HasQResync)
            return ImapReply.Bad("Say ENABLE QRESYNC first");
        Leave(session);
        if (!FolderPaths.TryDecode(session, name, out var path)
            || (await tree.ReadAsync(session, path, cancellationToken)).Find(path) is not { } place)
            return ImapReply.No("NONEXISTENT", "There is no such mailbox");
        // Watched before it is read: what changes in between is told.
        feed.Follow(session, place.Mailbox);
        var opened = await mailboxes.OpenFolderAsync(
            new OpenFolderRequest { Mailbox = place.Mailbox, FolderId = place.Folder.FolderId }, cancellationToken: cancellationToken);
        var view = new FolderView(place.Mailbox, opened, isReadOnly);
        session.View = view;
        Write(session, view, opened, FolderPaths.Normalize(path));
        if (resync is not null && resync.UidValidity == view.UidValidity)
            await ResyncAsync(session, view, resync, cancellationToken);
        return isReadOnly ? ImapReply.Ok("READ-ONLY", "EXAMINE completed") : ImapReply.Ok("READ-WRITE", "SELECT completed");
    }

    /// <summary>RFC 7162 §3.2.11: the client hears that what was selected before is closed.</summary>
    private static void Leave(ImapSession session)
    {
        if (session.View is null)
            return;
        session.View = null;
        session.HasNews = false;
        if (session.HasQResync || session.IsRev2)
            session.Output.Text("* OK [CLOSED] Previous mailbox closed\r\n");
    }

    private static void Write(ImapSession session, FolderView view, OpenFolderResponse opened, string path)
    {
        var output = session.Output;
        FlagsResponse.WriteFlags(session, view);
        output.Text("* ").Number(view.Count).Text(" EXISTS\r\n");
        if (!session.IsRev2)
        {
            // RFC 9051 drops \Recent; who still asks hears that there is nothing recent.
            output.Text("* 0 RECENT\r\n");
            if (opened.FirstUnseenUid > 0 && view.IndexOf(opened.FirstUnseenUid) is >= 0 and var index)
                output.Text("* OK [UNSEEN ").Number(index + 1).Text("] First unseen\r\n");
        }

        output.Text("* OK [UIDVALIDITY ").Number(view.UidValidity).Text("] UIDs valid\r\n");
        output.Text("* OK [UIDNEXT ").Number(view.UidNext).Text("] Next UID\r\n");
        output.Text("* OK [HIGHESTMODSEQ ").Number(view.ModSeq).Text("] Highest\r\n");
        output.Text($"* OK [MAILBOXID ({Objects.IdOf(view.FolderId)})] Id\r\n");
        if (!session.IsRev2)
            return;
        output.Text("* LIST () \"/\" ");
        FolderPaths.Write(session, path);
        output.Line();
    }

    private async Task ResyncAsync(ImapSession session, FolderView view, Resync resync, CancellationToken cancellationToken)
    {
        var changes = await mailboxes.GetChangesAsync(
            new GetChangesRequest { Mailbox = view.Mailbox, FolderId = view.FolderId, SinceModseq = resync.ModSeq },
            cancellationToken: cancellationToken);
        var removed = Packed.Read<uint>(changes.RemovedUids).ToArray();
        if (resync.Known is { } known)
        {
            removed = [.. known.Select(removed, view.UidNext - 1)];
        }

        if (removed.Length > 0)
            session.Output.Text("* VANISHED (EARLIER) ").Set(removed).Line();
        var wanted = resync.Known is { } uids ? uids.Select(Packed.Read<uint>(changes.ChangedUids), view.UidNext - 1).ToHashSet() : null;
        for (var i = 0; i < changes.ChangedUids.Length / sizeof(uint); i++)
        {
            WriteChanged(session, view, changes, wanted, i);
            if (session.Output.WantsFlush)
                await session.FlushAsync(cancellationToken);
        }
    }

    private static void WriteChanged(ImapSession session, FolderView view, GetChangesResponse changes, HashSet<uint>? wanted, int i)
    {
        var uid = Packed.Read<uint>(changes.ChangedUids)[i];
        if (wanted?.Contains(uid) != false && view.IndexOf(uid) is >= 0 and var index)
        {
            FlagsResponse.WriteFetch(
                session, view, index, Packed.Read<ulong>(changes.ChangedFlags)[i], Packed.Read<long>(changes.ChangedModseqs)[i], withUid: true);
        }
    }

    private static bool TryParse(ImapArguments arguments, out string name, out Resync? resync)
    {
        resync = null;
        var reader = arguments.Reader;
        if (!reader.TryAString(out name))
            return false;
        if (reader.AtEnd)
            return true;
        if (!reader.TrySpace() || !reader.TryRead('('))
            return false;
        do
        {
            if (reader.TryWord("CONDSTORE"))
                arguments.Session.HasCondStore = true;
            else if (!reader.TryWord("QRESYNC") || !reader.TrySpace() || !TryResync(ref reader, out resync))
                return false;
        }
        while (reader.TrySpace());
        return reader.TryRead(')') && reader.AtEnd;
    }

    /// <summary><c>(uidvalidity modseq [known-uids [(sequences uids)]])</c></summary>
    private static bool TryResync(ref ImapReader reader, out Resync? resync)
    {
        resync = null;
        if (!reader.TryRead('(') || !reader.TryNumber(out var validity) || !reader.TrySpace() || !reader.TryNumber64(out var modSeq))
            return false;
        SequenceSet? known = null;
        if (reader.TrySpace())
        {
            if (reader.Peek != '(')
            {
                if (!reader.TrySequenceSet(out var set))
                    return false;
                known = set;
            }

            // The sequence match data only saves octets: what is known by uid is enough.
            if ((known is null || reader.TrySpace())
                && !(reader.TryRead('(') && reader.TrySequenceSet(out _) && reader.TrySpace() && reader.TrySequenceSet(out _) && reader.TryRead(')')))
                return false;
        }

        resync = new Resync(validity, modSeq, known);
        return reader.TryRead(')');
    }

    private sealed record Resync(uint UidValidity, long ModSeq, SequenceSet? Known);
}

using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>STORE (RFC 9051 §6.4.6) with UNCHANGEDSINCE (RFC 7162 §3.1.3).</summary>
internal sealed class Store(MailboxesApi.MailboxesApiClient mailboxes)
{
    public async Task<ImapReply> RunAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        var view = session.View!;
        if (!TryParse(arguments, out var set, out var request, out var isSilent))
            return ImapReply.Bad("STORE needs messages, and FLAGS, +FLAGS or -FLAGS with flags");
        if (view.IsReadOnly)
            return ImapReply.No("READ-ONLY", "The mailbox is open read-only");
        if (!Targets.TrySelect(arguments, set, out var uids))
            return ImapReply.Bad("There is no message of that number");
        request.Mailbox = view.Mailbox;
        request.FolderId = view.FolderId;
        request.Uids = Packed.Copy<uint>(uids);
        var response = await mailboxes.StoreFlagsAsync(request, cancellationToken: cancellationToken);
        await WriteAsync(arguments, view, response, isSilent, cancellationToken);
        return Reply(arguments, view, response);
    }

    private static async ValueTask WriteAsync(
        ImapArguments arguments, FolderView view, StoreFlagsResponse response, bool isSilent, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        if (response.Keywords.Count > view.Keywords.Count)
        {
            view.Keywords = [.. response.Keywords];
            FlagsResponse.WriteFlags(session, view);
        }

        for (var i = 0; i < response.Uids.Length / sizeof(uint); i++)
        {
            WriteOne(arguments, view, response, i, isSilent);
            if (session.Output.WantsFlush)
                await session.FlushAsync(cancellationToken);
        }
    }

    private static void WriteOne(ImapArguments arguments, FolderView view, StoreFlagsResponse response, int i, bool isSilent)
    {
        var session = arguments.Session;
        var uid = Packed.Read<uint>(response.Uids)[i];
        var modSeq = Packed.Read<long>(response.Modseqs)[i];
        var previous = Packed.Read<long>(response.PreviousModseqs)[i];
        if (view.IndexOf(uid) is not (>= 0 and var index))
            return;
        // Silence is for what the client can work out. What another session did meanwhile it can't.
        var isKnown = previous <= view.ModSeq || (view.OwnChanges.TryGetValue(uid, out var told) && told >= previous);
        if (modSeq > view.ModSeq)
            view.OwnChanges[uid] = modSeq;
        if (!isSilent || !isKnown)
            FlagsResponse.WriteFetch(session, view, index, Packed.Read<ulong>(response.Flags)[i], modSeq, arguments.IsUid || session.HasQResync);
        // RFC 7162 §3.1.3: silence does not hide the new modseq from a client that watches them.
        else if (session.HasCondStore && modSeq > previous)
            session.Output.Text("* ").Number(index + 1).Text(" FETCH (UID ").Number(uid).Text(" MODSEQ (").Number(modSeq).Text("))\r\n");
    }

    private static ImapReply Reply(ImapArguments arguments, FolderView view, StoreFlagsResponse response)
    {
        var modified = Packed.Read<uint>(response.ModifiedUids).ToArray();
        if (modified.Length == 0)
            return ImapReply.Ok("STORE completed");
        var numbers = arguments.IsUid ? modified : [.. modified.Select(uid => (uint)view.IndexOf(uid) + 1)];
        return ImapReply.Ok($"MODIFIED {string.Join(',', numbers)}", "Some messages have changed meanwhile");
    }

    private static bool TryParse(ImapArguments arguments, out SequenceSet set, out StoreFlagsRequest request, out bool isSilent)
    {
        request = new StoreFlagsRequest();
        isSilent = false;
        var reader = arguments.Reader;
        if (!reader.TrySequenceSet(out set) || !reader.TrySpace())
            return false;
        if (reader.TryRead('('))
        {
            if (!reader.TryWord("UNCHANGEDSINCE") || !reader.TrySpace() || !reader.TryNumber64(out var since) || !reader.TryRead(')') || !reader.TrySpace())
                return false;
            arguments.Session.HasCondStore = true;
            (request.Conditional, request.UnchangedSince) = (true, since);
        }

        request.Change = reader.TryRead('+') ? FlagChange.Add : reader.TryRead('-') ? FlagChange.Remove : FlagChange.Replace;
        isSilent = reader.TryWord("FLAGS.SILENT");
        if ((!isSilent && !reader.TryWord("FLAGS")) || !reader.TrySpace() || !FlagsResponse.TryRead(ref reader, out var bits, out var keywords))
            return false;
        request.Flags = bits;
        request.Keywords.AddRange(keywords);
        return reader.AtEnd;
    }
}

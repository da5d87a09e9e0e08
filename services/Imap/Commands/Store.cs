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
        request.Mailbox = session.Mailbox;
        request.FolderId = view.FolderId;
        request.Uids = Packed.Copy<uint>(uids);
        var response = await mailboxes.StoreFlagsAsync(request, cancellationToken: cancellationToken);
        Write(arguments, view, response, isSilent);
        return Reply(arguments, view, response);
    }

    private static void Write(ImapArguments arguments, FolderView view, StoreFlagsResponse response, bool isSilent)
    {
        var session = arguments.Session;
        if (response.Keywords.Count > view.Keywords.Count)
        {
            view.Keywords = [.. response.Keywords];
            FlagsResponse.WriteFlags(session, view);
        }

        var uids = Packed.Read<uint>(response.Uids);
        var flags = Packed.Read<ulong>(response.Flags);
        var modSeqs = Packed.Read<long>(response.Modseqs);
        for (var i = 0; i < uids.Length; i++)
        {
            if (view.IndexOf(uids[i]) is not (>= 0 and var index))
                continue;
            if (modSeqs[i] > view.ModSeq)
                view.OwnChanges[uids[i]] = modSeqs[i];
            // RFC 7162 §3.1.3: silence does not hide the new modseq from a client that watches them.
            if (!isSilent)
                FlagsResponse.WriteFetch(session, view, index, flags[i], modSeqs[i], arguments.IsUid);
            else if (session.HasCondStore && modSeqs[i] > view.ModSeq)
                session.Output.Text("* ").Number(index + 1).Text(" FETCH (UID ").Number(uids[i]).Text(" MODSEQ (").Number(modSeqs[i]).Text("))\r\n");
        }
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

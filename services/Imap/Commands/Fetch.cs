using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>FETCH (RFC 9051 §6.4.5) with CHANGEDSINCE and VANISHED (RFC 7162 §3.1.4, §3.2.6).</summary>
internal sealed class Fetch(MailboxesApi.MailboxesApiClient mailboxes, FetchContent content)
{
    public async Task<ImapReply> RunAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        var view = session.View!;
        if (!TryParse(arguments, out var set, out var plan, out var changedSince, out var withVanished))
            return ImapReply.Bad("FETCH needs messages and attributes that it knows");
        if (!Targets.TrySelect(arguments, set, out var uids))
            return ImapReply.Bad("There is no message of that number");
        if (withVanished)
            await TellVanishedAsync(session, view, set, changedSince, cancellationToken);
        plan.Uid |= arguments.IsUid;
        plan.ModSeq |= changedSince > 0;
        if (uids.Length == 0)
            return ImapReply.Ok("FETCH completed");
        var index = await ReadIndexAsync(session, view, uids, plan, cancellationToken);
        if (changedSince > 0)
            uids = Changed(index, changedSince);
        var seen = plan.SetsSeen && !view.IsReadOnly ? await SetSeenAsync(session, view, index, uids, cancellationToken) : [];
        if (!plan.NeedsContent)
            await WriteIndexAsync(session, view, plan, index, changedSince, cancellationToken);
        else if (!await content.WriteAsync(session, view, plan, uids, seen, cancellationToken))
            return ImapReply.No("UNKNOWN-CTE", "A part has a transfer encoding that is not known");
        return ImapReply.Ok("FETCH completed");
    }

    private async Task<ReadIndexResponse> ReadIndexAsync(
        ImapSession session, FolderView view, uint[] uids, FetchPlan plan, CancellationToken cancellationToken) =>
        await mailboxes.ReadIndexAsync(
            new ReadIndexRequest
            {
                Mailbox = view.Mailbox,
                FolderId = view.FolderId,
                Uids = Packed.Wrap(uids, uids.Length),
                Sizes = plan.Size && !plan.NeedsContent,
                ReceivedTimes = plan.InternalDate && !plan.NeedsContent,
                EmailIds = plan.EmailId && !plan.NeedsContent,
            },
            cancellationToken: cancellationToken);

    private static uint[] Changed(ReadIndexResponse index, long since)
    {
        var uids = Packed.Read<uint>(index.Uids);
        var modSeqs = Packed.Read<long>(index.Modseqs);
        var changed = new List<uint>();
        for (var i = 0; i < uids.Length; i++)
        {
            if (modSeqs[i] > since)
                changed.Add(uids[i]);
        }

        return [.. changed];
    }

    /// <summary>Those that were unseen until now: their flags are told with them.</summary>
    private async Task<HashSet<uint>> SetSeenAsync(
        ImapSession session, FolderView view, ReadIndexResponse index, uint[] wanted, CancellationToken cancellationToken)
    {
        var among = wanted.Length == index.Uids.Length / sizeof(uint) ? null : wanted.ToHashSet();
        var unseen = Unseen(index, among);
        if (unseen.Count == 0)
            return [];
        var stored = await mailboxes.StoreFlagsAsync(
            new StoreFlagsRequest
            {
                Mailbox = view.Mailbox,
                FolderId = view.FolderId,
                Uids = Packed.Copy<uint>(unseen.ToArray()),
                Change = FlagChange.Add,
                Flags = 1UL << (int)SystemFlag.Seen,
            },
            cancellationToken: cancellationToken);
        var modSeqs = Packed.Read<long>(stored.Modseqs);
        var uids = Packed.Read<uint>(stored.Uids);
        for (var i = 0; i < uids.Length; i++)
            view.OwnChanges[uids[i]] = modSeqs[i];
        return [.. unseen];
    }

    private static List<uint> Unseen(ReadIndexResponse index, HashSet<uint>? among)
    {
        var uids = Packed.Read<uint>(index.Uids);
        var flags = Packed.Read<ulong>(index.Flags);
        var unseen = new List<uint>();
        for (var i = 0; i < uids.Length; i++)
        {
            if ((flags[i] & 1) == 0 && among?.Contains(uids[i]) != false)
                unseen.Add(uids[i]);
        }

        return unseen;
    }

    private async Task TellVanishedAsync(
        ImapSession session, FolderView view, SequenceSet set, long since, CancellationToken cancellationToken)
    {
        var changes = await mailboxes.GetChangesAsync(
            new GetChangesRequest { Mailbox = view.Mailbox, FolderId = view.FolderId, SinceModseq = since, BelowUidNext = view.UidNext },
            cancellationToken: cancellationToken);
        var vanished = set.Select(Packed.Read<uint>(changes.RemovedUids), view.UidNext - 1).Where(uid => view.IndexOf(uid) < 0).ToList();
        if (vanished.Count > 0)
            session.Output.Text("* VANISHED (EARLIER) ").Set(vanished).Line();
    }

    /// <summary>The fast way for what the index knows: numbers formatted in place, flushed as the client takes them.</summary>
    private static async Task WriteIndexAsync(
        ImapSession session, FolderView view, FetchPlan plan, ReadIndexResponse index, long changedSince, CancellationToken cancellationToken)
    {
        var count = index.Uids.Length / sizeof(uint);
        for (var i = 0; i < count;)
        {
            i = WriteSome(session, view, plan, index, changedSince, i, count);
            if (session.Output.WantsFlush)
                await session.FlushAsync(cancellationToken);
        }
    }

    private static int WriteSome(
        ImapSession session, FolderView view, FetchPlan plan, ReadIndexResponse index, long changedSince, int from, int count)
    {
        var uids = Packed.Read<uint>(index.Uids);
        var modSeqs = Packed.Read<long>(index.Modseqs);
        var at = 0;
        var i = from;
        var all = view.Uids;
        for (; i < count && !session.Output.WantsFlush; i++)
        {
            if (changedSince > 0 && modSeqs[i] <= changedSince)
                continue;
            at = at < all.Length && all[at] == uids[i] ? at : all.BinarySearch(uids[i]);
            if (at < 0)
            {
                at = 0;
                continue;
            }

            WriteOne(session, view, plan, index, i, ++at);
        }

        return i;
    }

    private static void WriteOne(ImapSession session, FolderView view, FetchPlan plan, ReadIndexResponse index, int i, int number)
    {
        var output = session.Output;
        output.Raw("* "u8).Number(number).Raw(" FETCH ("u8);
        var separator = ""u8;
        if (plan.Uid)
        {
            output.Raw("UID "u8).Number(Packed.Read<uint>(index.Uids)[i]);
            separator = " "u8;
        }

        if (plan.Flags)
        {
            output.Raw(separator).Raw("FLAGS "u8);
            FlagsResponse.Write(output, Packed.Read<ulong>(index.Flags)[i], view.Keywords);
            separator = " "u8;
        }

        if (plan.Size)
        {
            output.Raw(separator).Raw("RFC822.SIZE "u8).Number(Packed.Read<long>(index.Sizes)[i]);
            separator = " "u8;
        }

        if (plan.InternalDate)
        {
            output.Raw(separator).Text($"INTERNALDATE \"{ImapDate.Format(Packed.Read<long>(index.ReceivedTimes)[i])}\"");
            separator = " "u8;
        }

        if (plan.EmailId)
        {
            output.Raw(separator).Text($"EMAILID ({Objects.IdOf(index.EmailIds.Span.Slice(i * 16, 16))})");
            separator = " "u8;
        }

        if (plan.ThreadId)
        {
            output.Raw(separator).Raw("THREADID NIL"u8);
            separator = " "u8;
        }

        if (plan.ModSeq || session.HasCondStore)
            output.Raw(separator).Raw("MODSEQ ("u8).Number(Packed.Read<long>(index.Modseqs)[i]).Raw(")"u8);
        output.Raw(")\r\n"u8);
    }

    private static bool TryParse(
        ImapArguments arguments, out SequenceSet set, out FetchPlan plan, out long changedSince, out bool withVanished)
    {
        plan = new FetchPlan();
        (changedSince, withVanished) = (0, false);
        var reader = arguments.Reader;
        if (!reader.TrySequenceSet(out set) || !reader.TrySpace() || !FetchPlanReader.TryRead(ref reader, plan))
            return false;
        if (plan.ModSeq)
            arguments.Session.HasCondStore = true;
        if (reader.AtEnd)
            return true;
        if (!reader.TrySpace() || !reader.TryRead('('))
            return false;
        do
        {
            if (reader.TryWord("VANISHED"))
                withVanished = true;
            else if (!reader.TryWord("CHANGEDSINCE") || !reader.TrySpace() || !reader.TryNumber64(out changedSince) || changedSince == 0)
                return false;
        }
        while (reader.TrySpace());
        arguments.Session.HasCondStore |= changedSince > 0;
        return reader.TryRead(')') && reader.AtEnd
            && (!withVanished || (changedSince > 0 && arguments.IsUid && arguments.Session.HasQResync && !set.IsLastSearch));
    }
}

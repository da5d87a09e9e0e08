using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>Writes what has to be opened: envelopes, structures, pieces of content, as they come from the store.</summary>
internal sealed class FetchContent(MailboxesApi.MailboxesApiClient mailboxes, FetchBinary binary)
{
    public async Task WriteAsync(
        ImapSession session, FolderView view, FetchPlan plan, uint[] uids, HashSet<uint> newlySeen, CancellationToken cancellationToken)
    {
        var request = new FetchItemsRequest
        {
            Mailbox = session.Mailbox,
            FolderId = view.FolderId,
            Uids = Packed.Wrap(uids, uids.Length),
            Summary = plan.NeedsSummary,
        };
        var stored = new List<FetchSection>();
        foreach (var section in plan.Sections)
        {
            // A header that is asked for by fields is in the summary, unless it is one inside, or a very long one.
            if (!section.IsStored && (section.Fields is null || section.Range.Part.Count == 0))
                continue;
            stored.Add(section);
            request.Sections.Add(section.Range);
        }

        using var call = mailboxes.FetchItems(request, cancellationToken: cancellationToken);
        var writer = new ItemWriter(session, view, plan, stored, newlySeen);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var item = call.ResponseStream.Current;
            if (item.First)
            {
                writer.End();
                if (!writer.Begin(item))
                    continue;
                foreach (var section in plan.Sections.Where(section => section.IsBinary))
                    await binary.WriteAsync(session, view, section, item.Uid, writer, cancellationToken);
            }

            foreach (var piece in item.Sections)
            {
                writer.Write(piece);
                if (session.Output.WantsFlush)
                    await session.FlushAsync(cancellationToken);
            }
        }

        writer.End();
    }
}

using Google.Protobuf;
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
    /// <summary>Longer headers are cut: whatever stands so far down is no field that a client asks for.</summary>
    private const int HeaderOctetsMax = 1024 * 1024;

    /// <summary>False: some part could not be decoded and was left out.</summary>
    public async Task<bool> WriteAsync(
        ImapSession session, FolderView view, FetchPlan plan, uint[] uids, HashSet<uint> newlySeen, CancellationToken cancellationToken)
    {
        var request = new FetchItemsRequest
        {
            Mailbox = view.Mailbox,
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
        var isComplete = true;
        try
        {
            while (await call.ResponseStream.MoveNext(cancellationToken))
                isComplete &= await WriteAsync(session, view, plan, call.ResponseStream.Current, writer, cancellationToken);
        }
        catch (RpcException failure) when (writer.IsInLiteral)
        {
            // Whatever is said now would be read as content.
            throw new IOException("A literal could not be completed", failure);
        }
        finally
        {
            writer.End();
        }

        return isComplete;
    }

    private async Task<bool> WriteAsync(
        ImapSession session, FolderView view, FetchPlan plan, FetchedItem item, ItemWriter writer, CancellationToken cancellationToken)
    {
        var isComplete = true;
        if (item.First)
        {
            writer.End();
            var header = plan.NeedsHeader ? await HeaderAsync(session, view, item, cancellationToken) : ByteString.Empty;
            if (!writer.Begin(item, header.Span))
                return true;
            foreach (var section in plan.Sections.Where(section => section.IsBinary))
                isComplete &= await binary.WriteAsync(session, view, section, item.Uid, writer, cancellationToken);
        }

        foreach (var piece in item.Sections)
        {
            writer.Write(piece);
            if (session.Output.WantsFlush)
                await session.FlushAsync(cancellationToken);
        }

        return isComplete;
    }

    /// <summary>The summary has it, unless it is very long.</summary>
    private async Task<ByteString> HeaderAsync(ImapSession session, FolderView view, FetchedItem item, CancellationToken cancellationToken)
    {
        if (!item.Summary.HeaderTruncated)
            return item.Summary.Header;
        var request = new FetchItemsRequest
        {
            Mailbox = view.Mailbox,
            FolderId = view.FolderId,
            Uids = Packed.Copy<uint>([item.Uid]),
            Sections = { new ContentRange { Portion = Portion.HeaderBlock, Length = HeaderOctetsMax } },
        };
        var header = new System.Buffers.ArrayBufferWriter<byte>();
        using var call = mailboxes.FetchItems(request, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            foreach (var piece in call.ResponseStream.Current.Sections)
                System.Buffers.BuffersExtensions.Write(header, piece.Data.Span);
        }

        return UnsafeByteOperations.UnsafeWrap(header.WrittenMemory);
    }
}

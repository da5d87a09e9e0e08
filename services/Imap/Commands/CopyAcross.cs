using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Sessions;

namespace Mailstead.Imap.Commands;

/// <summary>
/// COPY and MOVE from one mailbox to another. Each has keys of its own, so a message is read from the one and appended to the other. When
/// one can't be, those before it are taken back (RFC 9051 §6.4.7); a message is removed only when all are copied.
/// </summary>
internal sealed class CopyAcross(MailboxesApi.MailboxesApiClient mailboxes)
{
    /// <summary>Bits of flags that are the same in every mailbox; the others are keywords, numbered in each on its own.</summary>
    private const int SystemFlagCount = 8;
    private const ulong SystemFlags = (1UL << SystemFlagCount) - 1;

    public async Task<CopyItemsResponse> RunAsync(
        FolderView view, FolderPlace target, uint[] uids, bool isMove, CancellationToken cancellationToken)
    {
        var sources = new List<uint>();
        var copies = new List<uint>();
        var response = new CopyItemsResponse();
        try
        {
            foreach (var uid in uids)
            {
                if (await CopyAsync(view, target, uid, cancellationToken) is not { } copy)
                    continue;
                response.UidValidity = copy.UidValidity;
                sources.Add(uid);
                copies.Add(copy.Uid);
            }
        }
        catch (RpcException)
        {
            await RemoveAsync(target.Mailbox, target.Folder.FolderId, copies, CancellationToken.None);
            throw;
        }

        response.SourceUids = Packed.Copy<uint>(sources.ToArray());
        response.TargetUids = Packed.Copy<uint>(copies.ToArray());
        if (isMove)
            response.HighestModseq = await RemoveAsync(view.Mailbox, view.FolderId, sources, cancellationToken);
        return response;
    }

    private async Task<long> RemoveAsync(MailboxRef mailbox, string folderId, List<uint> uids, CancellationToken cancellationToken)
    {
        if (uids.Count == 0)
            return 0;
        var removed = await mailboxes.ExpungeAsync(
            new ExpungeRequest { Mailbox = mailbox, FolderId = folderId, Uids = Packed.Copy<uint>(uids.ToArray()) },
            cancellationToken: cancellationToken);
        return removed.HighestModseq;
    }

    /// <summary>Null: the message is gone.</summary>
    private async Task<AppendResponse?> CopyAsync(FolderView view, FolderPlace target, uint uid, CancellationToken cancellationToken)
    {
        using var reading = mailboxes.FetchItems(
            new FetchItemsRequest
            {
                Mailbox = view.Mailbox,
                FolderId = view.FolderId,
                Uids = Packed.Copy<uint>([uid]),
                Sections = { new ContentRange { Portion = Portion.Whole } },
            },
            cancellationToken: cancellationToken);
        if (!await reading.ResponseStream.MoveNext(cancellationToken))
            return null;
        var first = reading.ResponseStream.Current;
        using var writing = mailboxes.Append(cancellationToken: cancellationToken);
        var start = new AppendStart
        {
            Mailbox = target.Mailbox,
            FolderId = target.Folder.FolderId,
            Flags = first.Flags & SystemFlags,
            Keywords = { KeywordsOf(view, first.Flags) },
            ReceivedAt = first.ReceivedAt,
            Size = first.Size,
        };
        var failure = await Append.TrySendAsync(writing.RequestStream, new AppendRequest { Start = start });
        for (var item = first; item is not null && failure is null;)
        {
            // Content is the reader's until the next answer; what is sent may be read later.
            foreach (var piece in item.Sections.Where(piece => piece.Data.Length > 0))
                failure ??= await Append.TrySendAsync(writing.RequestStream, new AppendRequest { Data = ByteString.CopyFrom(piece.Data.Span) });
            item = await reading.ResponseStream.MoveNext(cancellationToken) ? reading.ResponseStream.Current : null;
        }

        failure ??= await Append.TrySendAsync(writing.RequestStream, new AppendRequest { Complete = true });
        // Whatever ended it early, the answer tells why.
        return await writing.ResponseAsync;
    }

    private static IEnumerable<string> KeywordsOf(FolderView view, ulong flags) =>
        view.Keywords.Where((_, index) => (flags & (1UL << (SystemFlagCount + index))) != 0);
}

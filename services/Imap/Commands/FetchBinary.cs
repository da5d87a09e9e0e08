using System.Buffers;
using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Mime;

namespace Mailstead.Imap.Commands;

/// <summary>
/// BINARY and BINARY.SIZE (RFC 3516): content with its transfer encoding undone. Its length must be told before it, so that it is decoded
/// twice: once to be counted, once to be sent. Nothing is held.
/// </summary>
internal sealed class FetchBinary(MailboxesApi.MailboxesApiClient mailboxes)
{
    /// <summary>False: the part is there, but nobody knows its encoding.</summary>
    public async Task<bool> WriteAsync(
        ImapSession session, FolderView view, FetchSection section, uint uid, ItemWriter writer, CancellationToken cancellationToken)
    {
        var encoding = await EncodingAsync(session, view, section, uid, cancellationToken);
        if (encoding is null)
        {
            writer.Item(section.Name).Raw(section.IsSize ? " 0"u8 : " NIL"u8);
            return true;
        }

        if (ContentDecoder.For(encoding) is null)
            return false;
        var length = await DecodeAsync(session, view, section, uid, encoding, _ => ValueTask.CompletedTask, cancellationToken);
        if (section.IsSize)
        {
            writer.Item(section.Name).Raw(" "u8).Number(length);
            return true;
        }

        var offset = Math.Min(section.Partial?.Offset ?? 0, length);
        var count = Math.Min(section.Partial?.Length ?? long.MaxValue, length - offset);
        writer.Item(section.Name).Raw(" ~"u8).LiteralHeader(count);
        if (!await SendAsync(session, view, section, uid, encoding, (offset, count), cancellationToken))
            throw new IOException("A literal could not be completed", new RpcException(new Grpc.Core.Status(StatusCode.NotFound, "The message has gone")));
        return true;
    }

    /// <summary>False: there is less than there was when it was counted.</summary>
    private async Task<bool> SendAsync(
        ImapSession session, FolderView view, FetchSection section, uint uid, string encoding, (long Offset, long Count) range,
        CancellationToken cancellationToken)
    {
        var (start, end) = (range.Offset, range.Offset + range.Count);
        long position = 0;
        try
        {
            await DecodeAsync(
                session, view, section, uid, encoding,
                async piece =>
                {
                    var from = Math.Clamp(start - position, 0, piece.Length);
                    var to = Math.Clamp(end - position, 0, piece.Length);
                    position += piece.Length;
                    if (to > from)
                        session.Output.Raw(piece.Span[(int)from..(int)to]);
                    if (session.Output.WantsFlush)
                        await session.FlushAsync(cancellationToken);
                },
                cancellationToken);
        }
        catch (RpcException failure)
        {
            throw new IOException("A literal could not be completed", failure);
        }

        return position >= end;
    }

    private async Task<string?> EncodingAsync(
        ImapSession session, FolderView view, FetchSection section, uint uid, CancellationToken cancellationToken)
    {
        if (section.Range.Part.Count == 0)
            return "binary";
        var request = Request(session, view, uid);
        request.Sections.Add(new ContentRange { Part = { section.Range.Part }, Portion = Portion.MimeHeader });
        using var call = mailboxes.FetchItems(request, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            if (call.ResponseStream.Current.Sections is [{ Found: true } header, ..])
            {
                return HeaderFields.TryFind(header.Data.Span, "Content-Transfer-Encoding"u8, out var value)
                    ? HeaderText.Decode(value).Trim().ToLowerInvariant()
                    : "7bit";
            }
        }

        return null;
    }

    private async Task<long> DecodeAsync(
        ImapSession session, FolderView view, FetchSection section, uint uid, string encoding, Func<ReadOnlyMemory<byte>, ValueTask> take,
        CancellationToken cancellationToken)
    {
        var request = Request(session, view, uid);
        request.Sections.Add(section.Range);
        var decoder = ContentDecoder.For(encoding)!;
        var decoded = new ArrayBufferWriter<byte>();
        long length = 0;
        using var call = mailboxes.FetchItems(request, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            foreach (var piece in call.ResponseStream.Current.Sections)
            {
                decoder.Decode(piece.Data.Span, decoded);
                length += decoded.WrittenCount;
                await take(decoded.WrittenMemory);
                decoded.ResetWrittenCount();
            }
        }

        decoder.Complete(decoded);
        await take(decoded.WrittenMemory);
        return length + decoded.WrittenCount;
    }

    private static FetchItemsRequest Request(ImapSession session, FolderView view, uint uid) =>
        new() { Mailbox = view.Mailbox, FolderId = view.FolderId, Uids = Packed.Copy<uint>([uid]) };
}

using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>APPEND (RFC 9051 §6.3.12): the message streams into the store as it comes.</summary>
internal sealed class Append(MailboxesApi.MailboxesApiClient mailboxes, FolderTree tree)
{
    private const int ChunkOctets = 64 * 1024;

    public async Task<ImapReply> RunAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        var text = arguments.Text;
        var start = new AppendStart { Size = text.LiteralLength };
        var refusal = TryParse(arguments, start, out var path)
            ? await FindFolderAsync(arguments, path, start, cancellationToken)
            : ImapReply.Bad("APPEND needs a mailbox, perhaps flags and a date, and a message as literal");
        if (text.LiteralLength > ImapLimits.MessageOctetsMax)
            refusal ??= ImapReply.No("TOOBIG", $"A message has at most {ImapLimits.MessageOctetsMax} octets");
        if (refusal is not null && text.IsLiteralWaiting)
            return refusal;
        if (refusal is not null && text.LiteralLength > ImapLimits.SkippedOctetsMax)
        {
            session.Interrupt($"[TOOBIG] A message has at most {ImapLimits.MessageOctetsMax} octets");
            return refusal;
        }

        if (refusal is not null)
            return await SkipAsync(session, text.LiteralLength, refusal, cancellationToken);
        if (text.IsLiteralWaiting)
            session.Output.Text("+ Send the message\r\n");
        return await StoreAsync(session, start, text, cancellationToken);
    }

    private async Task<ImapReply?> FindFolderAsync(
        ImapArguments arguments, string path, AppendStart start, CancellationToken cancellationToken)
    {
        var paths = await tree.ReadAsync(arguments.Session, path, cancellationToken);
        if (paths.Find(path) is not { } place)
            return ImapReply.No("TRYCREATE", "There is no such mailbox; create it first");
        (start.Mailbox, start.FolderId) = (place.Mailbox, place.Folder.FolderId);
        if (!arguments.Text.IsLiteralWaiting)
            return null;
        // RFC 9051 §6.3.12: what can't be kept is better refused before it comes.
        var space = await mailboxes.GetMailboxAsync(new GetMailboxRequest { Mailbox = start.Mailbox }, cancellationToken: cancellationToken);
        return space.UsedBytes + start.Size > space.QuotaBytes ? ImapReply.No("OVERQUOTA", "The mailbox is full: its quota would be exceeded") : null;
    }

    private async Task<ImapReply> StoreAsync(ImapSession session, AppendStart start, CommandText text, CancellationToken cancellationToken)
    {
        var hasNul = false;
        using var call = mailboxes.Append(cancellationToken: cancellationToken);
        var failure = await TrySendAsync(call.RequestStream, new AppendRequest { Start = start });
        var isWhole = await ReadAsync(
            session, text.LiteralLength,
            async data =>
            {
                hasNul |= data.Span.Contains((byte)0);
                failure ??= await TrySendAsync(call.RequestStream, new AppendRequest { Data = data });
            },
            cancellationToken);
        var rest = isWhole ? await session.ReadRestAsync(cancellationToken) : null;
        if (rest is null)
        {
            session.IsOver = true;
            return ImapReply.Bad("The connection ended before the message did");
        }

        // Only a command that is whole is carried out.
        if (rest.Length > 0)
            return ImapReply.Bad("APPEND takes one message, and nothing behind it");
        if (hasNul && !text.IsLiteral8)
            return ImapReply.Bad("A literal has no NUL octets in it: send the message as literal8 (~{…}), or encode what has them as base64");
        failure ??= await TrySendAsync(call.RequestStream, new AppendRequest { Complete = true });
        var response = await call.ResponseAsync;
        session.HasNews |= session.View?.FolderId == start.FolderId;
        return ImapReply.Ok($"APPENDUID {response.UidValidity} {response.Uid}", "APPEND completed");
    }

    /// <summary>A refusal ends the stream early; the rest of the literal is still taken off the wire, and the reason told after it.</summary>
    public static async Task<RpcException?> TrySendAsync(IClientStreamWriter<AppendRequest> requests, AppendRequest request)
    {
        try
        {
            await requests.WriteAsync(request);
            if (request.Complete)
                await requests.CompleteAsync();
            return null;
        }
        catch (RpcException ended)
        {
            return ended;
        }
    }

    private static async Task<ImapReply> SkipAsync(ImapSession session, long length, ImapReply refusal, CancellationToken cancellationToken)
    {
        if (!await ReadAsync(session, length, _ => Task.CompletedTask, cancellationToken) || await session.ReadRestAsync(cancellationToken) is null)
            session.IsOver = true;
        return refusal;
    }

    /// <summary>False: the connection ended.</summary>
    private static async Task<bool> ReadAsync(
        ImapSession session, long length, Func<ByteString, Task> take, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            if (!session.Input.TryRead(out var result))
            {
                await session.FlushAsync(cancellationToken);
                result = await session.Input.ReadAsync(cancellationToken);
            }

            if (result.IsCanceled && session.Farewell is not null)
                return false;
            var size = (int)Math.Min(Math.Min(result.Buffer.Length, length), ChunkOctets);
            if (size == 0)
            {
                session.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (result.IsCompleted)
                    return false;
                continue;
            }

            var piece = result.Buffer.Slice(0, size);
            var octets = new byte[size];
            System.Buffers.BuffersExtensions.CopyTo(piece, octets);
            session.Input.AdvanceTo(piece.End);
            length -= size;
            await take(UnsafeByteOperations.UnsafeWrap(octets));
        }

        return true;
    }

    private static bool TryParse(ImapArguments arguments, AppendStart start, out string path)
    {
        path = "";
        var reader = arguments.Reader;
        if (!reader.TryAString(out string name) || !FolderPaths.TryDecode(arguments.Session, name, out path) || !reader.TrySpace())
            return false;
        if (reader.Peek == '(')
        {
            if (!FlagsResponse.TryRead(ref reader, out var bits, out var keywords) || !reader.TrySpace())
                return false;
            start.Flags = bits;
            start.Keywords.AddRange(keywords);
        }

        if (reader.Peek == '"')
        {
            if (!reader.TryString(out var date) || !ImapDate.TryParseTime(date, out var time) || !reader.TrySpace())
                return false;
            start.ReceivedAt = time.ToUnixTimeMilliseconds();
        }

        // The literal's header ends the line; its octets are still in the pipe.
        return reader.Peek is (byte)'{' or (byte)'~' && arguments.Text.LiteralLength >= 0;
    }
}

using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>COPY and MOVE (RFC 9051 §6.4.7, §6.4.8), with COPYUID.</summary>
internal sealed class Copy(MailboxesApi.MailboxesApiClient mailboxes, FolderTree tree, CopyAcross across)
{
    public Task<ImapReply> CopyAsync(ImapArguments arguments, CancellationToken cancellationToken) =>
        RunAsync(arguments, isMove: false, cancellationToken);

    public Task<ImapReply> MoveAsync(ImapArguments arguments, CancellationToken cancellationToken) =>
        RunAsync(arguments, isMove: true, cancellationToken);

    private async Task<ImapReply> RunAsync(ImapArguments arguments, bool isMove, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        var view = session.View!;
        var verb = isMove ? "MOVE" : "COPY";
        if (!TryParse(arguments, out var set, out var path))
            return ImapReply.Bad($"{verb} needs messages and a mailbox");
        if (isMove && view.IsReadOnly)
            return ImapReply.No("READ-ONLY", "The mailbox is open read-only");
        if (!Targets.TrySelect(arguments, set, out var uids))
            return ImapReply.Bad("There is no message of that number");
        var paths = await tree.ReadAsync(session, path, cancellationToken);
        if (paths.Find(path) is not { } target)
            return ImapReply.No("TRYCREATE", "There is no such mailbox; create it first");
        if (uids.Length == 0)
            return ImapReply.Ok($"{verb} completed");
        var response = target.Mailbox.MailboxId == view.Mailbox.MailboxId
            ? await mailboxes.CopyItemsAsync(
                new CopyItemsRequest
                {
                    Mailbox = view.Mailbox,
                    FolderId = view.FolderId,
                    TargetFolderId = target.Folder.FolderId,
                    Uids = Packed.Copy<uint>(uids),
                    Move = isMove,
                },
                cancellationToken: cancellationToken)
            : await across.RunAsync(view, target, uids, isMove, cancellationToken);
        if (response.SourceUids.IsEmpty)
            return ImapReply.Ok($"{verb} completed");
        session.HasNews = true;
        var code = $"COPYUID {response.UidValidity} {SetOf(response.SourceUids)} {SetOf(response.TargetUids)}";
        if (!isMove)
            return ImapReply.Ok(code, "COPY completed");
        // RFC 6851 §4.3: the client learns the new uids before it hears that the old ones are gone.
        session.Output.Text($"* OK [{code}] Moved\r\n");
        return session.HasQResync
            ? ImapReply.Ok($"HIGHESTMODSEQ {response.HighestModseq}", "MOVE completed")
            : ImapReply.Ok("MOVE completed");
    }

    private static string SetOf(Google.Protobuf.ByteString packed)
    {
        var uids = Packed.Read<uint>(packed);
        var set = new System.Text.StringBuilder();
        for (var i = 0; i < uids.Length;)
        {
            var last = i;
            while (last + 1 < uids.Length && uids[last + 1] == uids[last] + 1)
                last++;
            set.Append(i > 0 ? "," : "").Append(uids[i]);
            if (last > i)
                set.Append(':').Append(uids[last]);
            i = last + 1;
        }

        return set.ToString();
    }

    private static bool TryParse(ImapArguments arguments, out SequenceSet set, out string path)
    {
        var reader = arguments.Reader;
        path = "";
        return reader.TrySequenceSet(out set) && reader.TrySpace() && reader.TryAString(out string name) && reader.AtEnd
            && FolderPaths.TryDecode(arguments.Session, name, out path);
    }
}

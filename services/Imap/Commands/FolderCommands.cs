using Google.Protobuf;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;
using Mailstead.Imap.Sessions;

namespace Mailstead.Imap.Commands;

/// <summary>CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 9051 §6.3.4 to §6.3.8).</summary>
internal sealed class FolderCommands(MailboxesApi.MailboxesApiClient mailboxes, FolderTree tree)
{
    /// <summary>50,000 packed uids: what one call may move is bounded.</summary>
    private const int MovedAtOnceOctets = 50_000 * sizeof(uint);

    private static readonly ImapReply NotOwn = ImapReply.No(
        "CANNOT", $"Below {OtherUsers.Root} are mailboxes of others: an administrator grants access to them");

    private static readonly ImapReply NoSuch = ImapReply.No("NONEXISTENT", "There is no such mailbox");

    public async Task<ImapReply> CreateAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        if (!TryOne(arguments, out var path))
            return ImapReply.Bad("CREATE needs a mailbox name");
        // A trailing separator only announces that others will stand below.
        path = FolderPaths.Normalize(path.TrimEnd('/'));
        if (path.Length == 0 || path == "INBOX")
            return ImapReply.No("ALREADYEXISTS", "INBOX is there already");
        var paths = await tree.ReadAsync(arguments.Session, path, cancellationToken);
        if (paths.Find(path) is not null)
            return ImapReply.No("ALREADYEXISTS", "A mailbox of that name is there already");
        if (paths.IsForeign(path))
            return NotOwn;
        var made = await MakeAsync(paths, path, cancellationToken);
        return ImapReply.Ok($"MAILBOXID ({Objects.IdOf(made)})", "CREATE completed");
    }

    public async Task<ImapReply> DeleteAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        if (!TryOne(arguments, out var path))
            return ImapReply.Bad("DELETE needs a mailbox name");
        var session = arguments.Session;
        var paths = await tree.ReadAsync(session, path, cancellationToken);
        if (paths.Find(path) is not { Folder: var folder })
            return NoSuch;
        if (folder.Role != FolderRole.NoRole)
            return ImapReply.No("CANNOT", "This mailbox is part of every account and can't be deleted");
        if (paths.HasChildren(FolderPaths.Normalize(path)))
            return ImapReply.No("HASCHILDREN", "Delete the mailboxes below it first");
        await mailboxes.DeleteFolderAsync(
            new DeleteFolderRequest { Mailbox = paths.Mailbox, FolderId = folder.FolderId }, cancellationToken: cancellationToken);
        if (session.View?.FolderId == folder.FolderId)
            session.View = null;
        return ImapReply.Ok("DELETE completed");
    }

    public async Task<ImapReply> RenameAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        if (!TryTwo(arguments, out var from, out var to))
            return ImapReply.Bad("RENAME needs two mailbox names");
        var session = arguments.Session;
        var paths = await tree.ReadAsync(session, from, cancellationToken);
        to = FolderPaths.Normalize(to.TrimEnd('/'));
        if (paths.Find(from) is not { Folder: var folder })
            return NoSuch;
        if (paths.IsForeign(to))
            return ImapReply.No("CANNOT", "A mailbox stays with its owner: copy its messages instead");
        if (to.Length == 0 || paths.Find(to) is not null)
            return ImapReply.No("ALREADYEXISTS", "A mailbox of that name is there already");
        if (folder.Role == FolderRole.Inbox)
            return await RenameInboxAsync(paths, folder, to, cancellationToken);
        if (folder.Role != FolderRole.NoRole)
            return ImapReply.No("CANNOT", "This mailbox is part of every account and keeps its name");
        var parent = await ParentAsync(paths, to, cancellationToken);
        await mailboxes.RenameFolderAsync(
            new RenameFolderRequest
            {
                Mailbox = paths.Mailbox,
                FolderId = folder.FolderId,
                NewParentId = parent,
                NewName = to[(to.LastIndexOf('/') + 1)..],
            },
            cancellationToken: cancellationToken);
        return ImapReply.Ok("RENAME completed");
    }

    public Task<ImapReply> SubscribeAsync(ImapArguments arguments, CancellationToken cancellationToken) =>
        SubscribeAsync(arguments, isSubscribed: true, cancellationToken);

    public Task<ImapReply> UnsubscribeAsync(ImapArguments arguments, CancellationToken cancellationToken) =>
        SubscribeAsync(arguments, isSubscribed: false, cancellationToken);

    private async Task<ImapReply> SubscribeAsync(ImapArguments arguments, bool isSubscribed, CancellationToken cancellationToken)
    {
        if (!TryOne(arguments, out var path))
            return ImapReply.Bad("A mailbox name is needed");
        var paths = await tree.ReadAsync(arguments.Session, path, cancellationToken);
        if (paths.Find(path) is not { Folder: var folder })
            return NoSuch;
        if (paths.Prefix.Length > 0 && !isSubscribed)
            return ImapReply.No("CANNOT", "Mailboxes of others are subscribed for as long as they are shared");
        if (paths.Prefix.Length == 0)
        {
            await mailboxes.SubscribeFolderAsync(
                new SubscribeFolderRequest { Mailbox = paths.Mailbox, FolderId = folder.FolderId, Subscribed = isSubscribed },
                cancellationToken: cancellationToken);
        }

        return ImapReply.Ok(isSubscribed ? "SUBSCRIBE completed" : "UNSUBSCRIBE completed");
    }

    /// <summary>RFC 9051 §6.3.6: INBOX stays, its messages move.</summary>
    private async Task<ImapReply> RenameInboxAsync(
        FolderPaths paths, Folder inbox, string to, CancellationToken cancellationToken)
    {
        var target = await MakeAsync(paths, to, cancellationToken);
        var opened = await mailboxes.OpenFolderAsync(
            new OpenFolderRequest { Mailbox = paths.Mailbox, FolderId = inbox.FolderId }, cancellationToken: cancellationToken);
        for (var moved = 0; moved < opened.Uids.Length; moved += MovedAtOnceOctets)
        {
            await mailboxes.CopyItemsAsync(
                new CopyItemsRequest
                {
                    Mailbox = paths.Mailbox,
                    FolderId = inbox.FolderId,
                    TargetFolderId = target,
                    Uids = ByteString.CopyFrom(opened.Uids.Span.Slice(moved, Math.Min(MovedAtOnceOctets, opened.Uids.Length - moved))),
                    Move = true,
                },
                cancellationToken: cancellationToken);
        }

        return ImapReply.Ok("RENAME completed");
    }

    /// <summary>The new folder's id; missing folders above are made too (RFC 9051 §6.3.4).</summary>
    private async Task<string> MakeAsync(FolderPaths paths, string path, CancellationToken cancellationToken)
    {
        var parent = await ParentAsync(paths, path, cancellationToken);
        var made = await mailboxes.CreateFolderAsync(
            new CreateFolderRequest { Mailbox = paths.Mailbox, ParentId = parent, Name = path[(path.LastIndexOf('/') + 1)..] },
            cancellationToken: cancellationToken);
        return made.Folder.FolderId;
    }

    private async Task<string> ParentAsync(FolderPaths paths, string path, CancellationToken cancellationToken)
    {
        var slash = path.LastIndexOf('/');
        if (slash < paths.Prefix.Length)
            return "";
        var parent = path[..slash];
        return paths.Find(parent)?.Folder.FolderId ?? await MakeAsync(paths, parent, cancellationToken);
    }

    private static bool TryOne(ImapArguments arguments, out string path)
    {
        var reader = arguments.Reader;
        path = "";
        return reader.TryAString(out string name) && reader.AtEnd && FolderPaths.TryDecode(arguments.Session, name, out path);
    }

    private static bool TryTwo(ImapArguments arguments, out string from, out string to)
    {
        var reader = arguments.Reader;
        (from, to) = ("", "");
        return reader.TryAString(out string first) && reader.TrySpace() && reader.TryAString(out string second) && reader.AtEnd
            && FolderPaths.TryDecode(arguments.Session, first, out from) && FolderPaths.TryDecode(arguments.Session, second, out to);
    }
}

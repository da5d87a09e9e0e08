using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Sessions;

namespace Mailstead.Imap.Commands;

/// <summary>
/// GETQUOTA and GETQUOTAROOT (RFC 9208): one root for the whole mailbox, named by the empty string; of another's mailbox, by the name
/// that all its folders are below.
/// </summary>
internal sealed class Quota(MailboxesApi.MailboxesApiClient mailboxes, FolderTree tree)
{
    private const long Kilobyte = 1024;

    public async Task<ImapReply> GetAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        if (!TryName(arguments, out var root))
            return ImapReply.Bad("GETQUOTA needs a quota root");
        var session = arguments.Session;
        if (!FolderPaths.TryDecode(session, root, out var path))
            return ImapReply.Bad("GETQUOTA needs a quota root");
        var paths = await tree.ReadAsync(session, path + "/", cancellationToken);
        if (paths.Prefix.TrimEnd('/') != path)
            return ImapReply.No("NONEXISTENT", "There is no such quota root");
        await WriteAsync(session, paths, cancellationToken);
        return ImapReply.Ok("GETQUOTA completed");
    }

    public async Task<ImapReply> GetRootAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        if (!TryName(arguments, out var name) || !FolderPaths.TryDecode(session, name, out var path))
            return ImapReply.Bad("GETQUOTAROOT needs a mailbox");
        var paths = await tree.ReadAsync(session, path, cancellationToken);
        if (paths.Find(path) is null)
            return ImapReply.No("NONEXISTENT", "There is no such mailbox");
        session.Output.Text("* QUOTAROOT ");
        FolderPaths.Write(session, FolderPaths.Normalize(path));
        session.Output.Text(" ");
        FolderPaths.Write(session, paths.Prefix.TrimEnd('/'));
        session.Output.Line();
        await WriteAsync(session, paths, cancellationToken);
        return ImapReply.Ok("GETQUOTAROOT completed");
    }

    private async Task WriteAsync(ImapSession session, FolderPaths paths, CancellationToken cancellationToken)
    {
        var mailbox = await mailboxes.GetMailboxAsync(new GetMailboxRequest { Mailbox = paths.Mailbox }, cancellationToken: cancellationToken);
        session.Output.Text("* QUOTA ");
        FolderPaths.Write(session, paths.Prefix.TrimEnd('/'));
        session.Output.Text(" (STORAGE ").Number((mailbox.UsedBytes + Kilobyte - 1) / Kilobyte).Text(" ")
            .Number(mailbox.QuotaBytes / Kilobyte).Text(")\r\n");
    }

    private static bool TryName(ImapArguments arguments, out string name)
    {
        var reader = arguments.Reader;
        return reader.TryAString(out name) && reader.AtEnd;
    }
}

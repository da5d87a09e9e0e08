using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Sessions;

namespace Mailstead.Imap.Commands;

/// <summary>STATUS (RFC 9051 §6.3.11).</summary>
internal sealed class Status(MailboxesApi.MailboxesApiClient mailboxes, FolderTree tree)
{
    public async Task<ImapReply> RunAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        if (!TryParse(arguments, out var path, out var items))
            return ImapReply.Bad("STATUS needs a mailbox and a list of items that it knows");
        var paths = await tree.ReadAsync(session, path, cancellationToken);
        if (paths.Find(path) is not { } place)
            return ImapReply.No("NONEXISTENT", "There is no such mailbox");
        await StatusItems.WriteAsync(mailboxes, session, FolderPaths.Normalize(path), place, items, cancellationToken);
        return ImapReply.Ok("STATUS completed");
    }

    private static bool TryParse(ImapArguments arguments, out string path, out List<string> items)
    {
        var reader = arguments.Reader;
        (path, items) = ("", []);
        return reader.TryAString(out string name) && FolderPaths.TryDecode(arguments.Session, name, out path) && reader.TrySpace()
            && StatusItems.TryRead(ref reader, out items) && reader.AtEnd;
    }
}

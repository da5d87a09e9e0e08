using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Imap.Sessions;

/// <summary>Finds folders for a session: in the user's own mailbox, and in those of others that the user has full access to.</summary>
internal sealed class FolderTree(MailboxesApi.MailboxesApiClient mailboxes, DirectoriesApi.DirectoriesApiClient directories)
{
    /// <summary>The folders of the mailbox in which a path lies, or would lie.</summary>
    public async Task<FolderPaths> ReadAsync(ImapSession session, string path, CancellationToken cancellationToken)
    {
        var own = await ReadAsync(session.Mailbox, "", cancellationToken);
        if (!OtherUsers.Contains(path) || own.Find(path) is not null)
            return own;
        foreach (var (mailbox, prefix) in await ListSharedAsync(session, cancellationToken))
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
                return await ReadAsync(mailbox, prefix, cancellationToken);
        }

        return own;
    }

    /// <summary>The user's own folders, and those of others as far as the patterns of a LIST can match any.</summary>
    public async Task<FolderPaths> ReadAllAsync(ImapSession session, IEnumerable<string> patterns, CancellationToken cancellationToken)
    {
        var all = await ReadAsync(session.Mailbox, "", cancellationToken);
        if (!patterns.Any(OtherUsers.MayMatch))
            return all;
        foreach (var (mailbox, prefix) in await ListSharedAsync(session, cancellationToken))
            all.Add(await ReadAsync(mailbox, prefix, cancellationToken));
        return all;
    }

    private async Task<FolderPaths> ReadAsync(MailboxRef mailbox, string prefix, CancellationToken cancellationToken)
    {
        var folders = await mailboxes.ListFoldersAsync(new ListFoldersRequest { Mailbox = mailbox }, cancellationToken: cancellationToken);
        return new FolderPaths(mailbox, prefix, prefix.Length == 0 ? folders.Folders : folders.Folders.Select(folder => folder.Clone()));
    }

    private async Task<IEnumerable<(MailboxRef Mailbox, string Prefix)>> ListSharedAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var shared = await directories.ListSharedMailboxesAsync(
            new ListSharedMailboxesRequest { OrganizationId = session.Mailbox.OrganizationId, UserId = session.Principal!.UserId },
            cancellationToken: cancellationToken);
        return shared.Mailboxes.OrderBy(mailbox => mailbox.PrimaryAddress, StringComparer.OrdinalIgnoreCase).Select(mailbox => (
            new MailboxRef { OrganizationId = session.Mailbox.OrganizationId, MailboxId = mailbox.MailboxId },
            OtherUsers.PrefixOf(mailbox.PrimaryAddress)));
    }
}

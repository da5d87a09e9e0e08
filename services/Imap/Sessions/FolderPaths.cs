using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Sessions;

/// <summary>The folders of a mailbox by their paths, as IMAP names them; what is not mail is not there.</summary>
internal sealed class FolderPaths
{
    private const string MailClass = "IPF.Note";

    private readonly Dictionary<string, Folder> byPath = new(StringComparer.Ordinal);
    private readonly HashSet<string> parents = new(StringComparer.Ordinal);

    private FolderPaths(IEnumerable<Folder> folders)
    {
        var mail = folders.Where(folder => folder.ContainerClass.StartsWith(MailClass, StringComparison.Ordinal)).ToList();
        var byId = mail.ToDictionary(folder => folder.FolderId, StringComparer.Ordinal);
        foreach (var folder in mail)
        {
            if (PathOf(folder, byId) is { } path)
                byPath[path] = folder;
        }

        foreach (var path in byPath.Keys.Where(path => path.Contains('/', StringComparison.Ordinal)))
            parents.Add(path[..path.LastIndexOf('/')]);
    }

    /// <summary>In the order in which clients like to show them.</summary>
    public IEnumerable<(string Path, Folder Folder)> All =>
        byPath.OrderBy(pair => pair.Key == "INBOX" ? 0 : 1).ThenBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).Select(pair => (pair.Key, pair.Value));

    public static async Task<FolderPaths> ReadAsync(
        MailboxesApi.MailboxesApiClient mailboxes, ImapSession session, CancellationToken cancellationToken) =>
        new((await mailboxes.ListFoldersAsync(new ListFoldersRequest { Mailbox = session.Mailbox }, cancellationToken: cancellationToken)).Folders);

    public Folder? Find(string path) => byPath.GetValueOrDefault(Normalize(path));

    public bool HasChildren(string path) => parents.Contains(path);

    /// <summary>INBOX in any case (RFC 9051 §5.1), also in front of a path.</summary>
    public static string Normalize(string path)
    {
        if (path.Equals("INBOX", StringComparison.OrdinalIgnoreCase))
            return "INBOX";
        return path.StartsWith("INBOX/", StringComparison.OrdinalIgnoreCase) ? "INBOX" + path[5..] : path;
    }

    /// <summary>As the client writes names now: UTF-8 or modified UTF-7. False: it is neither.</summary>
    public static bool TryDecode(ImapSession session, string name, out string path)
    {
        path = name;
        // A client that has not enabled rev2 may still send UTF-8; only ASCII can be modified UTF-7.
        return session.IsRev2 || !System.Text.Ascii.IsValid(name) || ModifiedUtf7.TryDecode(name, out path);
    }

    public static void Write(ImapSession session, string path)
    {
        if (session.IsRev2)
            session.Output.Utf8Quoted(path);
        else
            session.Output.String(ModifiedUtf7.Encode(path));
    }

    private static string? PathOf(Folder folder, Dictionary<string, Folder> byId)
    {
        if (folder.Role == FolderRole.Inbox)
            return "INBOX";
        if (folder.ParentId.Length == 0)
            return folder.Name;
        return byId.TryGetValue(folder.ParentId, out var parent) && PathOf(parent, byId) is { } path ? $"{path}/{folder.Name}" : null;
    }
}

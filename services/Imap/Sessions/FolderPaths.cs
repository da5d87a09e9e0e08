using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Sessions;

/// <summary>A folder and whose it is.</summary>
internal sealed record FolderPlace(MailboxRef Mailbox, Folder Folder)
{
    /// <summary>False: a level of the hierarchy that is no folder.</summary>
    public bool Exists => Folder.FolderId.Length > 0;
}

/// <summary>Folders by their paths, as IMAP names them, of one mailbox or of several; what is not mail is not there.</summary>
internal sealed class FolderPaths
{
    private const string MailClass = "IPF.Note";

    private readonly Dictionary<string, FolderPlace> byPath = new(StringComparer.Ordinal);
    private readonly HashSet<string> parents = new(StringComparer.Ordinal);

    /// <param name="prefix">In front of every path: empty for the user's own.</param>
    public FolderPaths(MailboxRef mailbox, string prefix, IEnumerable<Folder> folders)
    {
        (Mailbox, Prefix) = (mailbox, prefix);
        var mail = folders.Where(folder => folder.ContainerClass.StartsWith(MailClass, StringComparison.Ordinal)).ToList();
        var byId = mail.ToDictionary(folder => folder.FolderId, StringComparer.Ordinal);
        foreach (var folder in mail)
        {
            if (PathOf(folder, byId) is not { } path)
                continue;
            // Subscriptions are their owner's; whoever is given a mailbox is meant to see it.
            if (prefix.Length > 0)
                folder.Subscribed = true;
            byPath[prefix + path] = new FolderPlace(mailbox, folder);
        }

        AddParents();
    }

    /// <summary>The mailbox in which folders are made whose path begins with <see cref="Prefix"/>.</summary>
    public MailboxRef Mailbox { get; }

    public string Prefix { get; }

    /// <summary>In the order in which clients like to show them.</summary>
    public IEnumerable<(string Path, FolderPlace Place)> All =>
        byPath.OrderBy(pair => pair.Key == "INBOX" ? 0 : 1).ThenBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).Select(pair => (pair.Key, pair.Value));

    public FolderPlace? Find(string path) => byPath.GetValueOrDefault(Normalize(path)) is { Exists: true } place ? place : null;

    public bool HasChildren(string path) => parents.Contains(path);

    /// <summary>Nothing of one's own can be made where others' mailboxes appear.</summary>
    public bool IsForeign(string path) => Prefix.Length == 0 ? OtherUsers.Contains(path) : !path.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Adds another's folders, and the levels above them that are none.</summary>
    public void Add(FolderPaths others)
    {
        foreach (var (path, place) in others.byPath)
            byPath.TryAdd(path, place);
        byPath.TryAdd(OtherUsers.Root, new FolderPlace(others.Mailbox, new Folder()));
        byPath.TryAdd(others.Prefix.TrimEnd('/'), new FolderPlace(others.Mailbox, new Folder()));
        AddParents();
    }

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

    private void AddParents()
    {
        foreach (var path in byPath.Keys.Where(path => path.Contains('/', StringComparison.Ordinal)))
            parents.Add(path[..path.LastIndexOf('/')]);
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

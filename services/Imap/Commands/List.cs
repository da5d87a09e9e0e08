using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>LIST (RFC 9051 §6.3.9) with LIST-EXTENDED, LIST-STATUS and SPECIAL-USE, and LSUB (RFC 3501 §6.3.9).</summary>
internal sealed class List(MailboxesApi.MailboxesApiClient mailboxes, FolderTree tree)
{
    private const int PatternsMax = 100;

    public async Task<ImapReply> ListAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        if (!TryParse(arguments, out var request))
            return ImapReply.Bad("LIST needs a reference and patterns, with options that it knows");
        if (request is { Patterns: [""] })
        {
            arguments.Session.Output.Text("* LIST (\\Noselect) \"/\" \"\"\r\n");
            return ImapReply.Ok("LIST completed");
        }

        var session = arguments.Session;
        var paths = await tree.ReadAllAsync(session, request.FullPatterns, cancellationToken);
        var all = paths.All.ToList();
        var below = request.IsRecursive ? ChosenBelow(request, all) : [];
        foreach (var (path, place) in all)
        {
            var folder = place.Folder;
            var hasChosenBelow = below.TryGetValue(path, out var isHidden);
            // RFC 5258 §3.5: what is not chosen itself is shown for the sake of what stands below it and is not shown.
            if (!request.Matches(path) || !(request.Chooses(folder) || (hasChosenBelow && isHidden)))
                continue;
            Write(session, request, paths, path, place, hasChosenBelow);
            if (request.StatusItems.Count > 0 && place.Exists)
                await StatusItems.WriteAsync(mailboxes, session, path, place, request.StatusItems, cancellationToken);
            if (session.Output.WantsFlush)
                await session.FlushAsync(cancellationToken);
        }

        return ImapReply.Ok("LIST completed");
    }

    public async Task<ImapReply> LsubAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        if (!TryParse(arguments, out var request) || request.IsExtended)
            return ImapReply.Bad("LSUB needs a reference and a pattern");
        var session = arguments.Session;
        var paths = await tree.ReadAllAsync(session, request.FullPatterns, cancellationToken);
        var all = paths.All.ToList();
        request.OnlySubscribed = true;
        var below = ChosenBelow(request, all);
        foreach (var (path, place) in all)
        {
            var folder = place.Folder;
            // RFC 3501 §6.3.9: a level above subscribed mailboxes is told as what can't be selected by this name.
            var isAbove = !folder.Subscribed && below.TryGetValue(path, out var isHidden) && isHidden;
            if (!request.Matches(path) || !(folder.Subscribed || isAbove))
                continue;
            session.Output.Text(isAbove ? "* LSUB (\\Noselect) \"/\" " : "* LSUB () \"/\" ");
            FolderPaths.Write(session, path);
            session.Output.Line();
        }

        return ImapReply.Ok("LSUB completed");
    }

    /// <summary>Every path above a chosen folder; true: above one that the patterns don't show.</summary>
    private static Dictionary<string, bool> ChosenBelow(Request request, List<(string Path, FolderPlace Place)> all)
    {
        var above = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var (path, _) in all.Where(entry => request.Chooses(entry.Place.Folder)))
        {
            var isHidden = !request.Matches(path);
            for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
                above[path[..slash]] = isHidden || above.GetValueOrDefault(path[..slash]);
        }

        return above;
    }

    private static void Write(ImapSession session, Request request, FolderPaths paths, string path, FolderPlace place, bool hasChosenBelow)
    {
        var folder = place.Folder;
        var attributes = new List<string> { paths.HasChildren(path) ? "\\HasChildren" : "\\HasNoChildren" };
        if (!place.Exists)
            attributes.AddRange(["\\NonExistent", "\\Noselect"]);
        if (UseOf(folder.Role) is { } use)
            attributes.Add(use);
        if (folder.Subscribed && (request.OnlySubscribed || request.ReturnsSubscribed))
            attributes.Add("\\Subscribed");
        session.Output.Text($"* LIST ({string.Join(' ', attributes)}) \"/\" ");
        FolderPaths.Write(session, path);
        if (request.OnlySubscribed && hasChosenBelow)
            session.Output.Text(" (CHILDINFO (\"SUBSCRIBED\"))");
        session.Output.Line();
    }

    /// <summary>RFC 6154.</summary>
    private static string? UseOf(FolderRole role) => role switch
    {
        FolderRole.Drafts => "\\Drafts",
        FolderRole.Sent => "\\Sent",
        FolderRole.Trash => "\\Trash",
        FolderRole.Junk => "\\Junk",
        FolderRole.Archive => "\\Archive",
        _ => null,
    };

    private static bool TryParse(ImapArguments arguments, out Request request)
    {
        request = new Request();
        var reader = arguments.Reader;
        if (reader.Peek == '(' && !(TrySelection(ref reader, request) && reader.TrySpace()))
            return false;
        if (!reader.TryAString(out string reference) || !FolderPaths.TryDecode(arguments.Session, reference, out reference) || !reader.TrySpace()
            || !TryPatterns(arguments.Session, ref reader, request))
            return false;
        request.Reference = reference;
        return reader.AtEnd || (reader.TrySpace() && reader.TryWord("RETURN") && reader.TrySpace() && TryReturn(ref reader, request) && reader.AtEnd);
    }

    private static bool TrySelection(ref ImapReader reader, Request request)
    {
        request.IsExtended = true;
        reader.TryRead('(');
        while (reader.Peek != ')')
        {
            if (reader.TryWord("SUBSCRIBED"))
                request.OnlySubscribed = true;
            else if (reader.TryWord("RECURSIVEMATCH"))
                request.IsRecursive = true;
            else if (reader.TryWord("SPECIAL-USE"))
                request.OnlySpecial = true;
            else if (!reader.TryWord("REMOTE"))
                return false;
            if (!reader.TrySpace())
                break;
        }

        // RFC 5258 §3.1: RECURSIVEMATCH alone selects nothing.
        return reader.TryRead(')') && (!request.IsRecursive || request.OnlySubscribed);
    }

    private static bool TryPatterns(ImapSession session, ref ImapReader reader, Request request)
    {
        var isList = reader.TryRead('(');
        request.IsExtended |= isList;
        do
        {
            if (request.Patterns.Count >= PatternsMax || !reader.TryListMailbox(out var pattern)
                || !FolderPaths.TryDecode(session, pattern, out pattern))
                return false;
            request.Patterns.Add(pattern);
        }
        while (isList && reader.TrySpace());
        return !isList || reader.TryRead(')');
    }

    private static bool TryReturn(ref ImapReader reader, Request request)
    {
        request.IsExtended = true;
        if (!reader.TryRead('('))
            return false;
        while (reader.Peek != ')')
        {
            if (reader.TryWord("SUBSCRIBED"))
                request.ReturnsSubscribed = true;
            else if (reader.TryWord("STATUS"))
            {
                if (!reader.TrySpace() || !StatusItems.TryRead(ref reader, out var items))
                    return false;
                request.StatusItems.AddRange(items);
            }
            else if (!reader.TryWord("CHILDREN") && !reader.TryWord("SPECIAL-USE"))
                return false;
            if (!reader.TrySpace())
                break;
        }

        return reader.TryRead(')');
    }

    private sealed class Request
    {
        public string Reference { get; set; } = "";

        public List<string> Patterns { get; } = [];

        public List<string> StatusItems { get; } = [];

        public bool IsExtended { get; set; }

        public bool OnlySubscribed { get; set; }

        public bool OnlySpecial { get; set; }

        public bool IsRecursive { get; set; }

        public bool ReturnsSubscribed { get; set; }

        public IEnumerable<string> FullPatterns => Patterns.Select(pattern => FolderPaths.Normalize(Reference + pattern));

        public bool Matches(string path) => FullPatterns.Any(pattern => ListPattern.Matches(pattern, path));

        public bool Chooses(Folder folder) => (!OnlySubscribed || folder.Subscribed) && (!OnlySpecial || UseOf(folder.Role) is not null);
    }
}

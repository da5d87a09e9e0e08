namespace Mailstead.Imap.Commands;

/// <summary>Matches paths against patterns of LIST (RFC 9051 §6.3.9): <c>*</c> is anything, <c>%</c> anything within a level.</summary>
internal static class ListPattern
{
    private const string Inbox = "INBOX";

    public static bool Matches(string pattern, string path)
    {
        // INBOX is one name in any case, the rest of a path is not (RFC 9051 §5.1).
        var anyCase = path == Inbox || path.StartsWith(Inbox + "/", StringComparison.Ordinal) ? Inbox.Length : 0;
        // Dynamic over (pattern, path): hostile patterns cost the path's length squared, no more.
        var reachable = new bool[path.Length + 1];
        var next = new bool[path.Length + 1];
        reachable[0] = true;
        for (var at = 0; at < pattern.Length && reachable.AsSpan().Contains(true); at++)
        {
            next.AsSpan().Clear();
            var symbol = pattern[at];
            if (symbol is '*' or '%')
                Spread(reachable, next, path, !RunHasStar(pattern, ref at));
            else
                Step(reachable, next, path, symbol, anyCase);
            (reachable, next) = (next, reachable);
        }

        return reachable[path.Length];
    }

    /// <summary>Wildcards side by side are one; a star among them makes it a star.</summary>
    private static bool RunHasStar(string pattern, ref int at)
    {
        var hasStar = pattern[at] == '*';
        for (; at + 1 < pattern.Length && pattern[at + 1] is ('*' or '%'); at++)
            hasStar |= pattern[at + 1] == '*';
        return hasStar;
    }

    private static void Spread(bool[] from, bool[] to, string path, bool withinLevel)
    {
        var isOpen = false;
        for (var i = 0; i <= path.Length; i++)
        {
            if (withinLevel && i > 0 && path[i - 1] == '/')
                isOpen = false;
            isOpen |= from[i];
            to[i] = isOpen;
        }
    }

    private static void Step(bool[] from, bool[] to, string path, char symbol, int anyCase)
    {
        for (var i = 0; i < path.Length; i++)
            to[i + 1] = from[i] && (path[i] == symbol || (i < anyCase && path[i] == char.ToUpperInvariant(symbol)));
    }
}

namespace Mailstead.Imap.Commands;

/// <summary>Matches paths against patterns of LIST (RFC 9051 §6.3.9): <c>*</c> is anything, <c>%</c> anything within a level.</summary>
internal static class ListPattern
{
    public static bool Matches(string pattern, string path)
    {
        // Dynamic over (pattern, path) in two rows: hostile patterns cost their length times the path's, no more.
        var reachable = new bool[path.Length + 1];
        reachable[0] = true;
        foreach (var symbol in pattern)
        {
            var next = new bool[path.Length + 1];
            if (symbol is '*' or '%')
            {
                var isOpen = false;
                for (var i = 0; i <= path.Length; i++)
                {
                    if (symbol == '%' && i > 0 && path[i - 1] == '/')
                        isOpen = false;
                    isOpen |= reachable[i];
                    next[i] = isOpen;
                }
            }
            else
            {
                for (var i = 0; i < path.Length; i++)
                    next[i + 1] = reachable[i] && path[i] == symbol;
            }

            reachable = next;
        }

        return reachable[path.Length];
    }
}

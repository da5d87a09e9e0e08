namespace Mailstead.Policies;

/// <summary>
/// Text in which <c>*</c> stands for anything, <c>?</c> for one character, and <c>${key}</c> for a value of the request, taken literally.
/// </summary>
public static class Pattern
{
    private const char Any = '\uE000';
    private const char One = '\uE001';

    /// <summary>False also when a variable of it has no value.</summary>
    /// <param name="request">Null: variables stand for nothing.</param>
    public static bool Matches(string pattern, string text, PolicyRequest? request, bool ignoresCase = false) =>
        Expand(pattern, request, hasWildcards: true) is { } expanded && Matches(expanded, text, ignoresCase);

    /// <summary>Value of a condition that has no wildcards, its variables replaced; null: one has no value.</summary>
    public static string? Resolve(string value, PolicyRequest? request) => Expand(value, request, hasWildcards: false);

    /// <summary>Part by part between the colons, as ARNs are compared: a wildcard does not reach over one, except in the last part.</summary>
    public static bool MatchesArn(string pattern, string arn, PolicyRequest? request)
    {
        if (Expand(pattern, request, hasWildcards: true) is not { } expanded)
            return false;
        var (wanted, given) = (expanded.Split(':', 6), arn.Split(':', 6));
        return wanted.Length == given.Length && wanted.Zip(given).All(pair => Matches(pair.First, pair.Second, ignoresCase: false));
    }

    /// <summary>Wildcards become characters that no text has, so that what a variable brings along is not taken for one.</summary>
    private static string? Expand(string pattern, PolicyRequest? request, bool hasWildcards)
    {
        var expanded = new System.Text.StringBuilder(pattern.Length);
        for (var i = 0; i < pattern.Length; i++)
        {
            var end = request is not null && pattern[i] == '$' && i + 1 < pattern.Length && pattern[i + 1] == '{' ? pattern.IndexOf('}', i) : -1;
            if (end > 0)
            {
                if (ValueOf(pattern[(i + 2)..end], request!) is not { } value)
                    return null;
                expanded.Append(value);
                i = end;
                continue;
            }

            expanded.Append(!hasWildcards ? pattern[i] : pattern[i] switch { '*' => Any, '?' => One, var other => other });
        }

        return expanded.ToString();
    }

    /// <summary><c>key</c> or <c>key, 'default'</c>; <c>*</c>, <c>?</c> and <c>$</c> stand for themselves.</summary>
    private static string? ValueOf(string variable, PolicyRequest request)
    {
        if (variable is "*" or "?" or "$")
            return variable;
        var comma = variable.IndexOf(',', StringComparison.Ordinal);
        var key = comma < 0 ? variable : variable[..comma];
        if (request.ValuesOf(key.Trim()) is [var value])
            return value;
        var fallback = comma < 0 ? "" : variable[(comma + 1)..].Trim();
        return fallback.Length >= 2 && fallback[0] == '\'' && fallback[^1] == '\'' ? fallback[1..^1] : null;
    }

    /// <summary>In time that grows with the product of the lengths, whatever they are.</summary>
    private static bool Matches(string pattern, string text, bool ignoresCase)
    {
        var (p, t, star, mark) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == Any)
            {
                (star, mark) = (p++, t);
            }
            else if (p < pattern.Length && (pattern[p] == One || IsSame(pattern[p], text[t], ignoresCase)))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == Any)
            p++;
        return p == pattern.Length;
    }

    private static bool IsSame(char one, char other, bool ignoresCase) =>
        one == other || (ignoresCase && char.ToLowerInvariant(one) == char.ToLowerInvariant(other));
}

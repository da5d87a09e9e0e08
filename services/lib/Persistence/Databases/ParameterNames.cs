using System.Text.RegularExpressions;

namespace Mailstead.Persistence.Databases;

/// <summary>Finds the distinct <c>@name</c> parameters of a statement, in order.</summary>
internal static partial class ParameterNames
{
    public static IReadOnlyList<string> Of(string sql) =>
        [.. Name().Matches(sql).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal)];

    [GeneratedRegex("(?<![@A-Za-z0-9_])@([a-z][A-Za-z0-9_]*)")]
    private static partial Regex Name();
}

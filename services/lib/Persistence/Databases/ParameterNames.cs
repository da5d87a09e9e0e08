using System.Globalization;
using System.Text.RegularExpressions;

namespace Mailstead.Persistence.Databases;

/// <summary>Finds the distinct <c>@name</c> parameters of a statement, in order.</summary>
internal static partial class ParameterNames
{
    /// <summary>The statement with <c>$1</c> … instead, and the names in that order.</summary>
    public static (string Sql, IReadOnlyList<string> Names) Number(string sql)
    {
        var names = new List<string>();
        var numbered = Name().Replace(sql, match =>
        {
            var name = match.Groups[1].Value;
            if (!names.Contains(name))
                names.Add(name);
            return string.Create(CultureInfo.InvariantCulture, $"${names.IndexOf(name) + 1}");
        });
        return (numbered, names);
    }

    [GeneratedRegex("(?<![@A-Za-z0-9_])@([a-z][A-Za-z0-9_]*)")]
    private static partial Regex Name();
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mailstead.Host.Administration;

/// <summary>Shows an answer to people: a list of things as columns, one thing as lines.</summary>
internal static class AdminTable
{
    private const int CellMax = 60;

    public static string Format(JsonObject answer)
    {
        // A file, such as a zone or a policy: it goes to a file as it is.
        if (answer.Count == 1 && answer.First().Value is JsonValue only && only.ToString() is var whole && whole.Contains('\n', StringComparison.Ordinal))
            return whole.EndsWith('\n') ? whole : whole + "\n";
        var text = new StringBuilder();
        var lists = answer.Where(pair => pair.Value is JsonArray { Count: > 0 } list && list.All(item => item is JsonObject)).ToList();
        var others = answer.Where(pair => !lists.Contains(pair)).ToList();
        var isEmptyList = others.Count == 1 && others[0].Value is JsonArray { Count: 0 };
        if (!isEmptyList)
            WriteLines(text, others);
        foreach (var (name, value) in lists)
        {
            if (lists.Count + others.Count > 1)
                text.Append(CultureInfo.InvariantCulture, $"{name}:\n");
            WriteColumns(text, [.. value!.AsArray().Select(item => item!.AsObject())]);
        }

        return text.ToString();
    }

    private static void WriteLines(StringBuilder text, List<KeyValuePair<string, JsonNode?>> members)
    {
        var width = members.Select(member => member.Key.Length).DefaultIfEmpty().Max();
        foreach (var (name, value) in members)
            text.Append(name.PadRight(width)).Append("  ").Append(Show(name, value)).Append('\n');
    }

    private static void WriteColumns(StringBuilder text, List<JsonObject> rows)
    {
        var names = rows.SelectMany(row => row.Select(member => member.Key)).Distinct().ToList();
        var cells = rows.ConvertAll(row => names.ConvertAll(name => Cut(Show(name, row[name]))));
        var widths = names.Select((name, column) => Math.Max(name.Length, cells.Max(row => row[column].Length))).ToList();
        foreach (var row in cells.Prepend(names))
            text.Append(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
    }

    private static string Show(string name, JsonNode? value) => value switch
    {
        null => "",
        JsonArray list => string.Join(", ", list.Select(item => Show(name, item))),
        JsonObject nested => nested.ToJsonString(),
        JsonValue number when number.GetValueKind() == JsonValueKind.Number && IsTime(name) =>
            DateTimeOffset.UnixEpoch.AddSeconds(number.GetValue<double>()).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    /// <summary>Members that are times are named so everywhere in the API.</summary>
    private static bool IsTime(string name) => name.EndsWith("Date", StringComparison.Ordinal) || name.EndsWith("Time", StringComparison.Ordinal)
        || name.StartsWith("Date", StringComparison.Ordinal);

    private static string Cut(string cell)
    {
        var line = cell.ReplaceLineEndings(" ");
        return line.Length <= CellMax ? line : line[..(CellMax - 1)] + "…";
    }
}

using System.Diagnostics.CodeAnalysis;

namespace Mailstead.Protocols.Dkim;

/// <summary>A list of <c>tag=value;</c> (RFC 6376 §3.2), as DKIM, DMARC and ARC have them. Names are case-sensitive; blanks around names and values count for nothing.</summary>
public sealed class TagList
{
    private const string Blanks = " \t\r\n";

    private readonly Dictionary<string, string> tags = new(StringComparer.Ordinal);

    /// <summary>The first tag of the list.</summary>
    public string First { get; private init; } = "";

    /// <summary>Null: a tag is twice there, or something is no tag.</summary>
    public static TagList? TryParse(string text)
    {
        var first = "";
        var list = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var piece in text.Split(';'))
        {
            if (piece.Trim(Blanks.ToCharArray()).Length == 0)
                continue;
            var equals = piece.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                return null;
            var name = piece[..equals].Trim(Blanks.ToCharArray());
            if (!IsName(name) || !list.TryAdd(name, piece[(equals + 1)..].Trim(Blanks.ToCharArray())))
                return null;
            if (list.Count == 1)
                first = name;
        }

        return new TagList(list) { First = first };
    }

    public string? this[string name] => tags.GetValueOrDefault(name);

    public bool TryGet(string name, [NotNullWhen(true)] out string? value) => tags.TryGetValue(name, out value);

    /// <summary>The value without the blanks that it may have anywhere, as base64 has them.</summary>
    public string Compact(string name) => string.Concat((this[name] ?? "").Split(Blanks.ToCharArray()));

    /// <summary>The items of a value that colons part.</summary>
    public IEnumerable<string> Items(string name, string initial) => (this[name] ?? initial).Split(':').Select(item => item.Trim(Blanks.ToCharArray()));

    private TagList(Dictionary<string, string> tags) => this.tags = tags;

    private static bool IsName(string name) =>
        name.Length > 0 && char.IsAsciiLetter(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');
}

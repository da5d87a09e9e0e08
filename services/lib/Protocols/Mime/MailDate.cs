using System.Globalization;
using System.Text;

namespace Mailstead.Protocols.Mime;

/// <summary>Dates of messages (RFC 5322 §3.3, obsolete forms of §4.3 included).</summary>
public static class MailDate
{
    private static readonly string[] Months =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    public static string Format(DateTimeOffset date) =>
        date.ToString("ddd, dd MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture)
        + date.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);

    public static bool TryParse(ReadOnlySpan<byte> rawValue, out DateTimeOffset date)
    {
        date = default;
        if (rawValue.Length > 512)
            return false;
        var words = Words(Encoding.Latin1.GetString(HeaderText.Unfold(rawValue)));
        var first = words.FindIndex(word => char.IsAsciiDigit(word[0]));
        if (first < 0 || words.Count < first + 4)
            return false;
        if (!int.TryParse(words[first], NumberStyles.None, CultureInfo.InvariantCulture, out var day)
            || MonthOf(words[first + 1]) is not { } month
            || !int.TryParse(words[first + 2], NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            || !TryParseTime(words[first + 3], out var time))
            return false;
        var zone = ZoneOf(words.ElementAtOrDefault(first + 4));
        return TryCreate(FullYear(year, words[first + 2].Length), month, day, time, zone, out date);
    }

    private static bool TryCreate(int year, int month, int day, TimeSpan time, TimeSpan zone, out DateTimeOffset date)
    {
        date = default;
        if (year is < 1 or > 9998 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        var local = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified) + time;
        var utc = local.Ticks - zone.Ticks;
        if (utc < DateTime.MinValue.Ticks || utc > DateTime.MaxValue.Ticks)
            return false;
        date = new DateTimeOffset(local, zone);
        return true;
    }

    private static List<string> Words(string text)
    {
        var plain = new StringBuilder(text.Length);
        var depth = 0;
        foreach (var character in text)
        {
            if (character == '(')
                depth++;
            else if (character == ')' && depth > 0)
                depth--;
            else if (depth == 0)
                plain.Append(character is ',' or '-' && plain.Length > 0 && !char.IsWhiteSpace(plain[^1]) ? ' ' : character);
        }

        return [.. plain.ToString().Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries)];
    }

    private static int? MonthOf(string word)
    {
        var index = word.Length < 3 ? -1 : Array.IndexOf(Months, word[..3].ToLowerInvariant());
        return index < 0 ? null : index + 1;
    }

    private static bool TryParseTime(string word, out TimeSpan time)
    {
        time = default;
        var parts = word.Split(':');
        if (parts.Length is < 2 or > 3)
            return false;
        var seconds = 0;
        if (!int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            || (parts.Length == 3 && !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out seconds)))
            return false;
        if (hours > 23 || minutes > 59 || seconds > 60)
            return false;
        // A leap second is told as the one before it.
        time = new TimeSpan(hours, minutes, Math.Min(seconds, 59));
        return true;
    }

    /// <summary>RFC 5322 §4.3: two digits from 50 up, and three, count from 1900; two digits below 50 from 2000.</summary>
    private static int FullYear(int year, int digits) => digits switch
    {
        2 => year < 50 ? year + 2000 : year + 1900,
        3 => year + 1900,
        _ => year,
    };

    /// <summary>Unknown zones mean that the local offset is not known: UTC (RFC 5322 §4.3).</summary>
    private static TimeSpan ZoneOf(string? word)
    {
        if (word is { Length: 5 } && word[0] is '+' or '-'
            && int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && offset <= 1400 && offset % 100 <= 59)
        {
            var span = new TimeSpan(offset / 100, offset % 100, 0);
            return word[0] == '-' ? -span : span;
        }

        return word?.ToUpperInvariant() switch
        {
            "EDT" => TimeSpan.FromHours(-4),
            "EST" or "CDT" => TimeSpan.FromHours(-5),
            "CST" or "MDT" => TimeSpan.FromHours(-6),
            "MST" or "PDT" => TimeSpan.FromHours(-7),
            "PST" => TimeSpan.FromHours(-8),
            _ => TimeSpan.Zero,
        };
    }
}

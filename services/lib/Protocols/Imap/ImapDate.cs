using System.Globalization;
using System.Text;

namespace Mailstead.Protocols.Imap;

/// <summary>Dates of IMAP (RFC 9051 §9: date, date-time).</summary>
public static class ImapDate
{
    public static string Format(long unixMilliseconds)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds);
        return time.ToString("dd-MMM-yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " +0000";
    }

    /// <summary><c>17-Jul-1996 02:44:25 -0700</c>, the day padded with a blank or not.</summary>
    public static bool TryParseTime(ReadOnlySpan<byte> text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(
            Encoding.ASCII.GetString(text).TrimStart(' '), ["d-MMM-yyyy HH:mm:ss zzz", "d-MMM-yyyy HH:mm:ss zzzz"],
            CultureInfo.InvariantCulture, DateTimeStyles.None, out time)
        || TryParseCompactZone(text, out time);

    /// <summary><c>1-Feb-1994</c>: its midnight in UTC.</summary>
    public static bool TryParseDay(ReadOnlySpan<byte> text, out DateTimeOffset day) =>
        DateTimeOffset.TryParseExact(
            Encoding.ASCII.GetString(text).TrimStart(' '), "d-MMM-yyyy", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out day);

    private static bool TryParseCompactZone(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        var word = Encoding.ASCII.GetString(text).TrimStart(' ');
        return word.Length > 5 && DateTimeOffset.TryParseExact(
            word.Insert(word.Length - 2, ":"), "d-MMM-yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }
}

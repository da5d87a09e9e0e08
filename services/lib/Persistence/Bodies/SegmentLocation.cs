using System.Globalization;

namespace Mailstead.Persistence.Bodies;

/// <summary>A record's place: <c>segment:offset:length</c>.</summary>
internal readonly record struct SegmentLocation(string Segment, long Offset, long Length)
{
    /// <exception cref="BodyMissingException">It is no location of a segment store.</exception>
    public static SegmentLocation Parse(string location)
    {
        var parts = location.Split(':');
        return parts.Length == 3 && IsName(parts[0])
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? new SegmentLocation(parts[0], offset, length)
            : throw new BodyMissingException(location);
    }

    /// <summary>Names are ours alone: no path can hide in a location.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= 40 && name.All(char.IsAsciiLetterOrDigit);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Segment}:{Offset}:{Length}");
}

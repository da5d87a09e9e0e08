using Mailstead.Persistence.Bodies;
using Microsoft.Data.Sqlite;

namespace Mailstead.Persistence.Backups;

/// <summary>Which segments the rows of a snapshot need, and how much of each.</summary>
internal static class NeededSegments
{
    /// <summary>By segment, the end of the last body that a row points to. All that lies before it was durable before the row was.</summary>
    public static Dictionary<string, long> Read(IReadOnlyList<BackedUpSchema> schemas, string folder)
    {
        var ends = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var schema in schemas.Where(schema => schema.BodyLocations.Count > 0))
        {
            using var tables = SqliteFiles.Open(Path.Combine(folder, schema.FileName), SqliteOpenMode.ReadOnly);
            foreach (var location in schema.BodyLocations.SelectMany(tables.List))
            {
                var place = SegmentLocation.Parse(location);
                ends[place.Segment] = Math.Max(ends.GetValueOrDefault(place.Segment), place.Offset + place.Length);
            }
        }

        return ends;
    }
}

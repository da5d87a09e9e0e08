using Mailstead.Persistence.Bodies;

namespace Mailstead.Persistence.Backups;

/// <summary>Reads the bodies of one backup as they lie, still encrypted.</summary>
public sealed class BackedUpBodies
{
    /// <summary>A record is a message with what encryption adds: anything longer is damage.</summary>
    private const long RecordOctetsMax = 64L * 1024 * 1024;

    private readonly string folder;
    private readonly Dictionary<string, List<BodyPiece>> segments;

    public BackedUpBodies(BackupSeries series, BackupManifest backup)
    {
        folder = series.Bodies;
        segments = series.PiecesOf(backup);
    }

    public IReadOnlyCollection<string> Segments => segments.Keys;

    public long LengthOf(string segment) => BodyPieces.End(segments[segment]);

    /// <summary>A segment from its beginning to where the backup has it.</summary>
    public Stream Open(string segment) => new PieceStream(folder, segments[segment]);

    /// <summary>One record, or null when the backup doesn't have it (the installation had lost it before).</summary>
    public async Task<byte[]?> ReadAsync(string location, CancellationToken cancellationToken)
    {
        var place = SegmentLocation.Parse(location);
        if (!segments.TryGetValue(place.Segment, out var pieces) || place.Offset + place.Length > BodyPieces.End(pieces)
            || place.Length > RecordOctetsMax)
            return null;
        var record = new byte[place.Length];
        await using var stream = new PieceStream(folder, pieces, place.Offset);
        await stream.ReadExactlyAsync(record, cancellationToken).ConfigureAwait(false);
        return record;
    }
}

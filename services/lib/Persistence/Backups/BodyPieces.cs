using System.Globalization;
using Mailstead.Persistence.Bodies;

namespace Mailstead.Persistence.Backups;

/// <summary>A range of a segment in a file of its own. It is never changed; the backups of a series share it.</summary>
/// <param name="File">Its name in the series' folder of bodies.</param>
internal sealed record BodyPiece(string Segment, long Offset, long Length, string Sha256, string File);

/// <summary>
/// The pieces that a backup needs, one a line, tabs between the fields; those of one segment stand together, from its beginning
/// on and without gaps.
/// </summary>
internal static class BodyPieces
{
    public const string FileName = "bodies.tsv";

    public static async Task WriteAsync(string path, IEnumerable<BodyPiece> pieces, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(path);
        foreach (var piece in pieces)
        {
            var line = string.Create(
                CultureInfo.InvariantCulture, $"{piece.Segment}\t{piece.Offset}\t{piece.Length}\t{piece.Sha256}\t{piece.File}\n");
            await writer.WriteAsync(line.AsMemory(), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <exception cref="BackupException">It is no list of pieces.</exception>
    public static Dictionary<string, List<BodyPiece>> Read(string path)
    {
        var segments = new Dictionary<string, List<BodyPiece>>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path))
        {
            var piece = Parse(line) ?? throw new BackupException($"{path} has a line that is no piece of a body: {line}");
            if (!segments.TryGetValue(piece.Segment, out var pieces))
                segments[piece.Segment] = pieces = [];
            if (piece.Offset != End(pieces))
                throw new BackupException($"{path} has a gap in segment {piece.Segment} before {piece.Offset}");
            pieces.Add(piece);
        }

        return segments;
    }

    /// <summary>The octets of a segment that these pieces hold.</summary>
    public static long End(List<BodyPiece> pieces) => pieces.Count == 0 ? 0 : pieces[^1].Offset + pieces[^1].Length;

    private static BodyPiece? Parse(string line)
    {
        var fields = line.Split('\t');
        return fields.Length == 5 && SegmentLocation.IsName(fields[0])
            && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            // Names are ours alone: no path can hide in one.
            && Path.GetFileName(fields[4]) == fields[4] && fields[4].Length > 0
            ? new BodyPiece(fields[0], offset, length, fields[3], fields[4])
            : null;
    }
}

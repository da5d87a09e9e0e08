using System.Collections.Concurrent;
using System.Globalization;
using Mailstead.Persistence.Bodies;

namespace Mailstead.Persistence.Backups;

/// <summary>
/// Brings the pieces of a series up to what a snapshot needs. What an earlier backup has copied is not copied again: segments are
/// only ever added to.
/// </summary>
internal sealed class BodyCopies(ISegmentArchive archive, BackupSeries series, string backup)
{
    /// <summary>More than a record's tag and index: two segments that agree here, at the same place, are one.</summary>
    private const int ComparedOctets = 4096;

    private readonly ConcurrentBag<string> lost = [];
    private long newOctets;

    public long NewOctets => newOctets;

    /// <summary>Segments that rows need and the installation doesn't have.</summary>
    public IReadOnlyList<string> Lost => [.. lost.Order(StringComparer.Ordinal)];

    /// <summary>All pieces of the segments that are needed.</summary>
    public async Task<IReadOnlyList<BodyPiece>> RunAsync(
        Dictionary<string, long> needed, Dictionary<string, List<BodyPiece>> earlier, CancellationToken cancellationToken)
    {
        var pieces = new ConcurrentDictionary<string, List<BodyPiece>>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = archive.AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(needed, options, async (segment, cancel) =>
            pieces[segment.Key] = await CopyAsync(segment.Key, segment.Value, earlier.GetValueOrDefault(segment.Key) ?? [], cancel).ConfigureAwait(false))
            .ConfigureAwait(false);
        return [.. pieces.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value)];
    }

    private async Task<List<BodyPiece>> CopyAsync(string segment, long needed, List<BodyPiece> earlier, CancellationToken cancellationToken)
    {
        // What has gone from the backups' own medium is copied again.
        if (!earlier.TrueForAll(IsThere))
            earlier = [];
        // Written whole and under a name that never comes again: what is there is right.
        if (archive.IsWrittenWhole && earlier.Count > 0)
            return earlier;
        var length = await archive.LengthAsync(segment, cancellationToken).ConfigureAwait(false);
        if (length is null || length < needed)
        {
            lost.Add(segment);
            return earlier;
        }

        var pieces = await IsSameAsync(segment, earlier, length.Value, cancellationToken).ConfigureAwait(false) ? earlier : [];
        var from = BodyPieces.End(pieces);
        // One that is written whole has its index behind the records; behind the records of one that grows something may be half written.
        var to = archive.IsWrittenWhole ? length.Value : needed;
        return to <= from ? pieces : [.. pieces, await CopyPieceAsync(segment, from, to - from, cancellationToken).ConfigureAwait(false)];
    }

    private bool IsThere(BodyPiece piece)
    {
        var file = new FileInfo(Path.Combine(series.Bodies, piece.File));
        return file.Exists && file.Length == piece.Length;
    }

    private async Task<BodyPiece> CopyPieceAsync(string segment, long from, long length, CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{segment}.{from}.{backup}");
        var hash = await HashedFiles.WriteAsync(
            Path.Combine(series.Bodies, name),
            async (offset, buffer, cancel) =>
            {
                var count = (int)Math.Min(buffer.Length, length - offset);
                // No store is asked for nothing.
                if (count > 0)
                    await archive.ReadAsync(segment, from + offset, buffer[..count], cancel).ConfigureAwait(false);
                return count;
            },
            cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref newOctets, length);
        return new BodyPiece(segment, from, length, hash, name);
    }

    /// <summary>
    /// A segment's name comes again when the last one was collected before a restart, or when the installation was restored from an
    /// older backup of this series: then it holds something else from some place on.
    /// </summary>
    private async ValueTask<bool> IsSameAsync(string segment, List<BodyPiece> earlier, long length, CancellationToken cancellationToken)
    {
        foreach (var piece in earlier)
        {
            if (piece.Offset + piece.Length > length)
                return false;
            var count = (int)Math.Min(ComparedOctets, piece.Length);
            var (theirs, ours) = (new byte[count], new byte[count]);
            await archive.ReadAsync(segment, piece.Offset + piece.Length - count, theirs, cancellationToken).ConfigureAwait(false);
            await using var file = File.OpenRead(Path.Combine(series.Bodies, piece.File));
            file.Position = piece.Length - count;
            await file.ReadExactlyAsync(ours, cancellationToken).ConfigureAwait(false);
            if (!theirs.AsSpan().SequenceEqual(ours))
                return false;
        }

        return true;
    }
}

namespace Mailstead.Persistence.Backups;

/// <summary>Removes old backups, and the pieces of bodies that no other one needs.</summary>
public static class BackupPruning
{
    /// <summary>
    /// Keeps the newest <paramref name="keepLast"/> and all that were taken after <paramref name="keepSince"/>; what neither names
    /// goes. The newest complete one always stays.
    /// </summary>
    /// <returns>The names of those that went, and the octets of bodies that did.</returns>
    /// <exception cref="BackupException">A backup that stays has a damaged list, so that nobody knows what it needs: nothing has been removed then.</exception>
    public static (IReadOnlyList<string> Backups, long BodyOctets) Run(BackupSeries series, int? keepLast, DateTimeOffset? keepSince)
    {
        if (keepLast is null && keepSince is null)
            throw new BackupException("Say what to keep: --keep-last, --keep-days, or both");
        using var turn = series.TakeTurn();
        var names = series.Names();
        var kept = names.Where((name, i) => i >= names.Count - Math.Max(1, keepLast ?? 1) || keepSince is { } since && series.Read(name).TakenAt >= since).ToList();
        // All lists are read before anything goes.
        var needed = kept.SelectMany(name => series.PiecesOf(series.Read(name)).Values).SelectMany(pieces => pieces)
            .Select(piece => piece.File).ToHashSet(StringComparer.Ordinal);
        var gone = names.Except(kept).ToList();
        gone.ForEach(series.Remove);
        series.RemoveUnfinished();
        return (gone, RemovePieces(series, needed));
    }

    private static long RemovePieces(BackupSeries series, HashSet<string> needed)
    {
        long octets = 0;
        foreach (var piece in new DirectoryInfo(series.Bodies).EnumerateFiles().Where(file => !needed.Contains(file.Name)))
        {
            octets += piece.Length;
            piece.Delete();
        }

        return octets;
    }
}

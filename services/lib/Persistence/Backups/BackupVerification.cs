using Mailstead.Persistence.Bodies;
using Microsoft.Data.Sqlite;

namespace Mailstead.Persistence.Backups;

/// <summary>Reads all of a backup and compares it with what was written: every file, and that every row finds its body.</summary>
public static class BackupVerification
{
    private const int DamagesMax = 100;

    /// <summary>What is wrong, at most 100 of them; nothing: the backup can be restored.</summary>
    /// <param name="verified">Pieces that were found whole before, by file: those that backups share are read once.</param>
    public static async Task<IReadOnlyList<string>> RunAsync(
        BackupSeries series, string name, IReadOnlyList<BackedUpSchema> schemas, ISet<string> verified, CancellationToken cancellationToken)
    {
        try
        {
            var backup = series.Read(name);
            var damages = new List<string>();
            foreach (var file in backup.Tables.Append(backup.Bodies))
            {
                if (await HashedFiles.FindDamageAsync(Path.Combine(series.FolderOf(name), file.Name), file.Length, file.Sha256, cancellationToken)
                    .ConfigureAwait(false) is { } damage)
                    damages.Add(damage);
            }

            if (damages.Count == 0)
            {
                var pieces = series.PiecesOf(backup);
                await CheckPiecesAsync(series, pieces.Values.SelectMany(piece => piece), verified, damages, cancellationToken).ConfigureAwait(false);
                CheckRows(series.FolderOf(name), backup, pieces, schemas, damages);
            }

            return damages;
        }
        catch (BackupException damaged)
        {
            return [damaged.Message];
        }
    }

    private static async Task CheckPiecesAsync(
        BackupSeries series, IEnumerable<BodyPiece> pieces, ISet<string> verified, List<string> damages, CancellationToken cancellationToken)
    {
        foreach (var piece in pieces.Where(piece => !verified.Contains(piece.File)))
        {
            if (await HashedFiles.FindDamageAsync(Path.Combine(series.Bodies, piece.File), piece.Length, piece.Sha256, cancellationToken)
                .ConfigureAwait(false) is not { } damage)
                verified.Add(piece.File);
            else if (damages.Count < DamagesMax)
                damages.Add(damage);
        }
    }

    private static void CheckRows(
        string folder, BackupManifest backup, Dictionary<string, List<BodyPiece>> pieces, IReadOnlyList<BackedUpSchema> schemas, List<string> damages)
    {
        foreach (var schema in schemas)
        {
            var path = Path.Combine(folder, schema.FileName);
            if (!backup.Tables.Any(table => table.Name == schema.FileName))
            {
                damages.Add($"The tables of {schema.Schema} are not in the backup");
                continue;
            }

            using var tables = SqliteFiles.Open(path, SqliteOpenMode.ReadOnly);
            damages.AddRange(tables.List("PRAGMA quick_check(10)").Where(found => found != "ok").Select(found => $"{path}: {found}"));
        }

        foreach (var (segment, end) in NeededSegments.Read(schemas, folder).Where(needed => !backup.Lost.Contains(needed.Key)))
        {
            if ((!pieces.TryGetValue(segment, out var held) || BodyPieces.End(held) < end) && damages.Count < DamagesMax)
                damages.Add($"Segment {segment} of the bodies is not in the backup up to octet {end}");
        }
    }
}

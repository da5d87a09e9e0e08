using Microsoft.Data.Sqlite;

namespace Mailstead.Persistence.Backups;

/// <summary>
/// The files of a running program. For as long as it takes to begin reading, this process is the writer of all of them: nothing is
/// committed anywhere then, so that the copies are of one instant, as a power cut would have left them. The copying itself holds
/// up nobody.
/// </summary>
internal sealed class SqliteSnapshot(string databases, TimeProvider clock) : ISnapshot
{
    public string Engine => "sqlite";

    public Task<DateTimeOffset> TakeAsync(IReadOnlyList<BackedUpSchema> schemas, string folder, CancellationToken cancellationToken)
    {
        var readers = new List<SqliteConnection>();
        try
        {
            var takenAt = BeginReading(schemas, readers);
            for (var i = 0; i < schemas.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var copy = Path.Combine(folder, schemas[i].FileName);
                using (var destination = SqliteFiles.Open(copy, SqliteOpenMode.ReadWriteCreate))
                    readers[i].BackupDatabase(destination);
                SqliteFiles.Detach(copy);
            }

            return Task.FromResult(takenAt);
        }
        catch (SqliteException failure)
        {
            throw new BackupException($"The databases in {databases} can't be copied: {failure.Message}", failure);
        }
        finally
        {
            foreach (var reader in readers)
                reader.Dispose();
        }
    }

    private DateTimeOffset BeginReading(IReadOnlyList<BackedUpSchema> schemas, List<SqliteConnection> readers)
    {
        var writers = new List<SqliteConnection>();
        try
        {
            foreach (var path in schemas.Select(schema => Path.Combine(databases, schema.FileName)))
            {
                if (!File.Exists(path))
                    throw new BackupException($"There is no {path}: --data must name the folder of an installation");
                // The program writes to one file at a time, so that waiting for one of them holds up nobody who waits for us.
                writers.Add(SqliteFiles.Open(path, SqliteOpenMode.ReadWrite));
                writers[^1].Run("BEGIN IMMEDIATE");
                readers.Add(SqliteFiles.Open(path, SqliteOpenMode.ReadOnly));
            }

            foreach (var reader in readers)
                reader.Run("BEGIN; SELECT COUNT(*) FROM sqlite_master");
            return clock.GetUtcNow();
        }
        finally
        {
            foreach (var writer in writers)
                writer.Dispose();
        }
    }
}

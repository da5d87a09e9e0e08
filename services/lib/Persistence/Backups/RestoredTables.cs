using Mailstead.Persistence.Databases;
using Microsoft.Data.Sqlite;

namespace Mailstead.Persistence.Backups;

/// <summary>
/// A working copy of a backup's tables: whole, brought to this program's version and, when wanted, made safe for the present. The
/// backup itself is only read.
/// </summary>
public sealed class RestoredTables : IDisposable
{
    private RestoredTables(string folder) => Folder = folder;

    public string Folder { get; }

    /// <param name="folder">Made, and removed when disposed.</param>
    /// <exception cref="BackupException">A file is damaged, or of a later version.</exception>
    public static async Task<RestoredTables> CopyAsync(
        BackupSeries series, BackupManifest backup, IReadOnlyList<BackedUpSchema> schemas, string folder, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var tables = new RestoredTables(folder);
        try
        {
            foreach (var schema in schemas)
                await CopyAsync(series, backup, schema, folder, cancellationToken).ConfigureAwait(false);
            return tables;
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }

    public string PathOf(BackedUpSchema schema) => Path.Combine(Folder, schema.FileName);

    /// <summary>Runs what the services want done once tables have gone back in time.</summary>
    public void Advance(IReadOnlyList<BackedUpSchema> schemas, DateTimeOffset now)
    {
        foreach (var schema in schemas)
            Advance(PathOf(schema), schema, now);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    internal static void Advance(string path, BackedUpSchema schema, DateTimeOffset now)
    {
        using var tables = SqliteFiles.Open(path, SqliteOpenMode.ReadWrite);
        using var transaction = tables.BeginTransaction();
        foreach (var statement in schema.AfterRestore)
        {
            using var command = tables.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = statement;
            if (statement.Contains("@now", StringComparison.Ordinal))
                command.Parameters.AddWithValue("@now", now.ToUnixTimeMilliseconds());
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private static async Task CopyAsync(
        BackupSeries series, BackupManifest backup, BackedUpSchema schema, string folder, CancellationToken cancellationToken)
    {
        var file = backup.Tables.FirstOrDefault(table => table.Name == schema.FileName)
            ?? throw new BackupException($"Backup {backup.Name} has no tables of {schema.Schema}");
        var copy = Path.Combine(folder, file.Name);
        await using (var source = Open(Path.Combine(series.FolderOf(backup.Name), file.Name)))
        {
            var hash = await HashedFiles.WriteAsync(copy, (_, buffer, cancel) => source.ReadAsync(buffer, cancel), cancellationToken).ConfigureAwait(false);
            if (hash != file.Sha256)
                throw new BackupException($"{source.Name} is damaged: use another backup (--at)");
        }

        RefuseLater(copy, backup, schema);
        await using (var tables = SqliteDatabase.Open(copy))
        {
            await Migrations.RunAsync(tables, schema.Migrations, cancellationToken).ConfigureAwait(false);
            await schema.CheckAsync(tables, cancellationToken).ConfigureAwait(false);
        }

        SqliteFiles.Detach(copy);
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (IOException failure)
        {
            throw new BackupException($"{path} of the backup can't be read: {failure.Message}", failure);
        }
    }

    private static void RefuseLater(string copy, BackupManifest backup, BackedUpSchema schema)
    {
        using var tables = SqliteFiles.Open(copy, SqliteOpenMode.ReadOnly);
        var known = Migrations.NamesOf(schema.Migrations, Dialect.Sqlite);
        if (tables.List("SELECT name FROM migrations").FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new BackupException(
                $"Backup {backup.Name} was made by version {backup.Version}, whose tables of {schema.Schema} are later than this program's ({unknown}): "
                + "restore with that version or a later one");
    }
}

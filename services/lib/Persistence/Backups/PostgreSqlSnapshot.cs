using System.Data;
using Mailstead.Persistence.Databases;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Mailstead.Persistence.Backups;

/// <summary>All schemas of a PostgreSQL database in one transaction's snapshot, row by row into files that the migrations have made.</summary>
internal sealed class PostgreSqlSnapshot(DatabaseOptions options, TimeProvider clock) : ISnapshot
{
    public string Engine => "postgresql";

    public async Task<DateTimeOffset> TakeAsync(IReadOnlyList<BackedUpSchema> schemas, string folder, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await PostgreSqlTables.OpenAsync(options, cancellationToken).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
            // The snapshot is that of the first statement.
            await connection.RunAsync(PostgreSqlTables.EveryTenant, cancellationToken).ConfigureAwait(false);
            var takenAt = clock.GetUtcNow();
            foreach (var schema in schemas)
                await CopyAsync(connection, schema, Path.Combine(folder, schema.FileName), cancellationToken).ConfigureAwait(false);
            return takenAt;
        }
        catch (NpgsqlException failure)
        {
            throw new BackupException($"The tables of Database:PostgreSql can't be copied: {failure.Message}", failure);
        }
    }

    private static async Task CopyAsync(NpgsqlConnection connection, BackedUpSchema schema, string path, CancellationToken cancellationToken)
    {
        await using (var made = SqliteDatabase.Open(path))
            await Migrations.RunAsync(made, schema.Migrations, cancellationToken).ConfigureAwait(false);
        SqliteFiles.Detach(path);
        using var copy = SqliteFiles.Open(path, SqliteOpenMode.ReadWrite);
        await RequireVersionAsync(connection, schema.Schema, copy, cancellationToken).ConfigureAwait(false);
        // Nobody needs half of it: the file is synced, and counts, when it is whole.
        copy.Run("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN");
        foreach (var table in copy.Tables())
            await CopyTableAsync(connection, schema.Schema, table, copy, cancellationToken).ConfigureAwait(false);
        copy.Run("COMMIT");
    }

    private static async Task RequireVersionAsync(NpgsqlConnection connection, string schema, SqliteConnection copy, CancellationToken cancellationToken)
    {
        var ours = copy.List("SELECT name FROM migrations").ToHashSet(StringComparer.Ordinal);
        var theirs = await connection.ListAsync($"SELECT name FROM \"{schema}\".migrations", cancellationToken).ConfigureAwait(false);
        if (!ours.SetEquals(theirs))
            throw new BackupException(
                $"The tables of {schema} are of another version than this program ({theirs.Count} migrations instead of {ours.Count}): "
                + "use the program that runs on them, or bring them up to date (--migrate)");
    }

    private static async Task CopyTableAsync(
        NpgsqlConnection connection, string schema, string table, SqliteConnection copy, CancellationToken cancellationToken)
    {
        var columns = copy.Columns(table);
        using var insert = copy.CreateCommand();
        insert.CommandText = $"INSERT INTO \"{table}\" ({PostgreSqlTables.Names(columns)}) VALUES ({string.Join(", ", columns.Select((_, i) => $"$p{i}"))})";
        for (var i = 0; i < columns.Count; i++)
            insert.Parameters.Add(new SqliteParameter { ParameterName = $"$p{i}" });
        await using var select = new NpgsqlCommand($"SELECT {PostgreSqlTables.Names(columns)} FROM \"{schema}\".\"{table}\"", connection) { CommandTimeout = 0 };
        await using var reader = await select.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            for (var i = 0; i < columns.Count; i++)
                insert.Parameters[i].Value = reader.GetValue(i) switch { Guid id => id.ToByteArray(bigEndian: true), var value => value };
            insert.ExecuteNonQuery();
        }
    }
}

using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Mailstead.Persistence.Backups;

/// <summary>The schemas of a PostgreSQL database: rows come in one transaction, so that all of them are there or none.</summary>
public sealed class PostgreSqlTarget(DatabaseOptions options) : ITableTarget
{
    private const int RowsAtOnce = 500;

    public Task RequireEmptyAsync(IReadOnlyList<BackedUpSchema> schemas, CancellationToken cancellationToken) => WithinAsync(
        async connection =>
        {
            foreach (var schema in schemas)
            {
                var tables = await connection.ListAsync(
                    $"SELECT tablename FROM pg_tables WHERE schemaname = '{schema.Schema}' AND tablename <> 'migrations'", cancellationToken).ConfigureAwait(false);
                foreach (var table in tables)
                {
                    if ((await connection.ListAsync($"SELECT 'row' FROM \"{schema.Schema}\".\"{table}\" LIMIT 1", cancellationToken).ConfigureAwait(false)).Count > 0)
                        throw new BackupException($"The database of Database:PostgreSql is not empty ({schema.Schema}.{table} has rows): restore into a new one");
                }
            }
        },
        cancellationToken);

    public Task BeginAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task PutAsync(IReadOnlyList<BackedUpSchema> schemas, RestoredTables tables, CancellationToken cancellationToken)
    {
        foreach (var schema in schemas)
        {
            await using var database = PostgreSqlDatabase.Open(options, schema.Schema);
            await Migrations.RunAsync(database, schema.Migrations, cancellationToken).ConfigureAwait(false);
        }

        await WithinAsync(
            async connection =>
            {
                foreach (var schema in schemas)
                {
                    using var source = SqliteFiles.Open(tables.PathOf(schema), SqliteOpenMode.ReadOnly);
                    foreach (var table in source.Tables())
                        await InsertAsync(source, connection, schema.Schema, table, cancellationToken).ConfigureAwait(false);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    public Task AdvanceAsync(IReadOnlyList<BackedUpSchema> schemas, DateTimeOffset now, CancellationToken cancellationToken) => WithinAsync(
        async connection =>
        {
            foreach (var schema in schemas)
            {
                await connection.RunAsync($"SELECT set_config('search_path', '{schema.Schema}', true)", cancellationToken).ConfigureAwait(false);
                foreach (var statement in schema.AfterRestore)
                {
                    await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
                    if (statement.Contains("@now", StringComparison.Ordinal))
                        command.Parameters.AddWithValue("now", now.ToUnixTimeMilliseconds());
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        },
        cancellationToken);

    public async Task<IReadOnlyDictionary<string, long>> NeededSegmentsAsync(IReadOnlyList<BackedUpSchema> schemas, CancellationToken cancellationToken)
    {
        var ends = new Dictionary<string, long>(StringComparer.Ordinal);
        await WithinAsync(
            async connection =>
            {
                foreach (var schema in schemas)
                {
                    await connection.RunAsync($"SELECT set_config('search_path', '{schema.Schema}', true)", cancellationToken).ConfigureAwait(false);
                    foreach (var statement in schema.BodyLocations)
                    {
                        foreach (var place in (await connection.ListAsync(statement, cancellationToken).ConfigureAwait(false)).Select(SegmentLocation.Parse))
                            ends[place.Segment] = Math.Max(ends.GetValueOrDefault(place.Segment), place.Offset + place.Length);
                    }
                }
            },
            cancellationToken).ConfigureAwait(false);
        return ends;
    }

    private static async Task InsertAsync(
        SqliteConnection source, NpgsqlConnection target, string schema, string table, CancellationToken cancellationToken)
    {
        var columns = source.Columns(table);
        var types = await TypesAsync(target, schema, table, columns, cancellationToken).ConfigureAwait(false);
        // Row-level security refuses COPY; rows as arrays of columns cost one statement for many.
        var arrays = string.Join(", ", types.Select((type, i) => $"${i + 1}::{type}[]"));
        var sql = $"INSERT INTO \"{schema}\".\"{table}\" ({PostgreSqlTables.Names(columns)}) SELECT * FROM unnest({arrays})";
        using var select = source.CreateCommand();
        select.CommandText = $"SELECT {PostgreSqlTables.Names(columns)} FROM \"{table}\"";
        using var reader = select.ExecuteReader();
        var rows = new RowBatch(types);
        while (reader.Read())
        {
            rows.Add(reader);
            if (rows.Count == RowsAtOnce)
                await rows.InsertAsync(target, sql, cancellationToken).ConfigureAwait(false);
        }

        await rows.InsertAsync(target, sql, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<List<string>> TypesAsync(
        NpgsqlConnection target, string schema, string table, List<string> columns, CancellationToken cancellationToken)
    {
        var found = (await target.ListAsync(
            $"SELECT column_name || '=' || data_type FROM information_schema.columns WHERE table_schema = '{schema}' AND table_name = '{table}'",
            cancellationToken).ConfigureAwait(false)).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return [.. columns.Select(column => found.GetValueOrDefault(column)
            ?? throw new BackupException($"The table {schema}.{table} of Database:PostgreSql has no column {column}: bring it up to date (--migrate)"))];
    }

    private async Task WithinAsync(Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await PostgreSqlTables.OpenAsync(options, cancellationToken).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await connection.RunAsync(PostgreSqlTables.EveryTenant, cancellationToken).ConfigureAwait(false);
            await work(connection).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException failure)
        {
            throw new BackupException($"Database:PostgreSql: {failure.Message}", failure);
        }
    }
}

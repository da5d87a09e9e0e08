using Mailstead.Persistence.Databases;
using Npgsql;

namespace Mailstead.Persistence.Backups;

/// <summary>Connections to a PostgreSQL database for backing up and bringing back: over all schemas and tenants.</summary>
internal static class PostgreSqlTables
{
    /// <summary>Row-level security lets whoever says this see and write the rows of every tenant until the end of the transaction.</summary>
    public const string EveryTenant = "SELECT set_config('mailstead.tenants', '*', true)";

    public static async Task<NpgsqlConnection> OpenAsync(DatabaseOptions options, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.ConnectionString(options.PostgreSql, "public")) { Pooling = false }.ToString());
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public static async Task RunAsync(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The first column of every row.</summary>
    public static async Task<List<string>> ListAsync(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            rows.Add(reader.GetString(0));
        return rows;
    }

    public static string Names(IEnumerable<string> columns) => string.Join(", ", columns.Select(column => $"\"{column}\""));
}

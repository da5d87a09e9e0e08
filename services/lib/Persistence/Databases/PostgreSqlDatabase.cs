using System.Data.Common;
using Npgsql;

namespace Mailstead.Persistence.Databases;

/// <summary>One schema of a PostgreSQL database; statements find its tables through the search path.</summary>
public sealed class PostgreSqlDatabase : Database
{
    private const int AttemptsMax = 5;

    private readonly NpgsqlDataSource source;
    private readonly string connectionString;
    private readonly string schema;

    private PostgreSqlDatabase(NpgsqlDataSource source, string connectionString, string schema)
        : base(Dialect.PostgreSql)
    {
        this.source = source;
        this.connectionString = connectionString;
        this.schema = schema;
    }

    /// <summary>Connects on first use.</summary>
    public static PostgreSqlDatabase Open(string connectionString, string schema)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            SearchPath = schema,
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
        };
        return new PostgreSqlDatabase(new NpgsqlDataSourceBuilder(settings.ToString()).Build(), settings.ToString(), schema);
    }

    public override async Task<IAsyncDisposable?> TakeMigrationTurnAsync(CancellationToken cancellationToken)
    {
        // A connection of its own, outside the pool: the lock ends with it, whatever becomes of this process.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ToString());
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using var command = new NpgsqlCommand("SELECT pg_advisory_lock(hashtextextended($1, 0))", connection)
            {
                Parameters = { new NpgsqlParameter { Value = "mailstead migrations of " + schema } },
                CommandTimeout = 0,
            };
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override async Task PrepareSchemaAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand($"CREATE SCHEMA IF NOT EXISTS \"{schema}\"");
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task<T> WriteAsync<T>(
        Func<Transaction, ValueTask<T>> unit, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunOnceAsync(unit, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException race) when (IsRace(race) && attempt < AttemptsMax)
            {
                // Undone by the database and safe to run again: units have no effects outside their transaction.
            }
        }
    }

    public override async ValueTask<T> ReadAsync<T>(
        Func<Transaction, ValueTask<T>> query, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await query(new PostgreSqlUnit(connection, null)).ConfigureAwait(false);
    }

    public override ValueTask DisposeAsync() => source.DisposeAsync();

    /// <summary>A row that was not there when the unit looked, and is when it inserts, counts: the second run finds it.</summary>
    private static bool IsRace(PostgresException failure) =>
        failure.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.UniqueViolation;

    private async Task<T> RunOnceAsync<T>(Func<Transaction, ValueTask<T>> unit, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        var result = await unit(new PostgreSqlUnit(connection, transaction)).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return result;
    }

    private sealed class PostgreSqlUnit(NpgsqlConnection connection, NpgsqlTransaction? transaction) : Transaction
    {
        public override Dialect Dialect => Dialect.PostgreSql;

        private protected override DbConnection Connection => connection;

        private protected override DbTransaction? Enclosing => transaction;

        private protected override DbCommand Prepare(Statement statement, object?[] values)
        {
            var command = new NpgsqlCommand(statement.Sql, connection, transaction);
            for (var i = 0; i < values.Length; i++)
                command.Parameters.Add(new NpgsqlParameter(statement.Parameters[i], values[i] ?? DBNull.Value));
            return command;
        }
    }
}

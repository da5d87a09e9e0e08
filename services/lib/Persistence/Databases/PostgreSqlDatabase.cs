using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mailstead.Persistence.Databases;

/// <summary>One schema of a PostgreSQL database; statements find its tables through the search path.</summary>
public sealed class PostgreSqlDatabase : Database
{
    private const int AttemptsMax = 5;

    private readonly NpgsqlDataSource source;
    private readonly SharedTransactions shared;
    private readonly DatabaseOptions options;
    private readonly string connectionString;
    private readonly string schema;

    private PostgreSqlDatabase(DatabaseOptions options, string chosen, string schema)
        : base(Dialect.PostgreSql)
    {
        connectionString = options.ConnectionString(chosen, schema);
        source = new NpgsqlDataSourceBuilder(connectionString).Build();
        (this.options, this.schema) = (options, schema);
        shared = new SharedTransactions(this);
    }

    /// <summary>Connects on first use.</summary>
    public static PostgreSqlDatabase Open(DatabaseOptions options, string schema) => new(options, options.PostgreSql, schema);

    public override Database? OpenAsOwner() =>
        options.Owner.Length > 0 ? new PostgreSqlDatabase(options, options.Owner, schema) : null;

    public override async Task<bool> IsPreparedAsync(IReadOnlyCollection<string> migrations, CancellationToken cancellationToken)
    {
        if (await FindAsync<string>(TenantScope.None, "SELECT to_regclass('migrations')::text", null, cancellationToken).ConfigureAwait(false) is null)
            return false;
        var applied = await ListAsync<string>(TenantScope.None, "SELECT name FROM migrations", null, cancellationToken).ConfigureAwait(false);
        return !migrations.Except(applied).Any() && await TenantPolicies.AreCompleteAsync(this, cancellationToken).ConfigureAwait(false);
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

    public override async Task ProtectTenantsAsync(CancellationToken cancellationToken)
    {
        var user = new NpgsqlConnectionStringBuilder(options.PostgreSql).Username;
        await WriteAsync(
            TenantScope.None,
            async transaction =>
            {
                await TenantPolicies.ApplyAsync(transaction).ConfigureAwait(false);
                return options.Owner.Length == 0 || user is null ? 0 : await transaction.ExecuteAsync(
                    $"""
                    GRANT USAGE ON SCHEMA "{schema}" TO "{user}";
                    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{schema}" TO "{user}";
                    """,
                    null).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="OptionsValidationException">Row-level security does not hold for the role.</exception>
    public override async Task VerifyAsync(CancellationToken cancellationToken)
    {
        var unbound = await FindAsync<string>(
            TenantScope.None,
            "SELECT rolname FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)", null, cancellationToken).ConfigureAwait(false);
        if (unbound is not null)
        {
            throw new OptionsValidationException("Database", typeof(DatabaseOptions), [
                $"Database:PostgreSql: role '{unbound}' is a superuser or has BYPASSRLS, so that nothing would keep tenants apart in the "
                + "database; name an ordinary role (CREATE ROLE … LOGIN NOSUPERUSER NOBYPASSRLS) that owns the database, or whose owner is in "
                + "Database:Owner"]);
        }
    }

    public override async Task<T> WriteAsync<T>(
        TenantScope tenants, Func<Transaction, ValueTask<T>> unit, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            var isDecided = false;
            try
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
                var result = await unit(new PostgreSqlUnit(connection, transaction, tenants)).ConfigureAwait(false);
                isDecided = true;
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return result;
            }
            catch (PostgresException race) when (IsRace(race) && attempt < AttemptsMax)
            {
                // Undone by the database and safe to run again: units have no effects outside their transaction.
            }
            catch (NpgsqlException cut) when (IsCut(cut) && !isDecided && attempt == 1)
            {
                source.Clear();
            }
        }
    }

    public override async ValueTask<T> ReadAsync<T>(
        TenantScope tenants, Func<Transaction, ValueTask<T>> query, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await using var unit = new PostgreSqlUnit(connection, null, tenants);
                return await query(unit).ConfigureAwait(false);
            }
            catch (NpgsqlException cut) when (IsCut(cut) && attempt == 1)
            {
                source.Clear();
            }
        }
    }

    public override Task<object?[]> ChangeTogetherAsync(
        TenantScope tenants, IReadOnlyList<Change> changes, CancellationToken cancellationToken) => shared.AddAsync(tenants, changes, cancellationToken);

    public override ValueTask DisposeAsync() => source.DisposeAsync();

    /// <param name="first">A connection to try first, which stays the caller's; null: one of the pool.</param>
    /// <param name="isPatient">False: a row that somebody else has locked for long is refused (<see cref="PostgresErrorCodes.LockNotAvailable"/>).</param>
    internal async Task<object?[]> ApplyAsync(NpgsqlConnection? first, TenantScope tenants, IReadOnlyList<Change> changes, bool isPatient)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var own = first is null || attempt > 1 ? await ConnectAsync(CancellationToken.None).ConfigureAwait(false) : null;
            try
            {
                return await PostgreSqlUnit.ApplyAsync(own ?? first!, tenants, changes, isPatient).ConfigureAwait(false);
            }
            catch (PostgresException race) when (IsRace(race) && attempt < AttemptsMax)
            {
                // The second run finds the row that it ran into.
            }
            catch (NpgsqlException cut) when (IsCut(cut) && attempt == 1)
            {
                // Whether it was committed or not: changes are safe to repeat.
                source.Clear();
            }
        }
    }

    /// <summary>A row that was not there when the unit looked, and is when it inserts, counts: the second run finds it.</summary>
    private static bool IsRace(PostgresException failure) =>
        failure.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.UniqueViolation;

    internal async ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException none) when (none is not PostgresException && !none.IsTransient)
        {
            throw new NoPrimaryException(none);
        }
    }

    /// <summary>
    /// Pooled connections die with the server that they were to, which may be back since, or have a successor. Then a new one is worth
    /// one more attempt, if nothing can have been committed; one that can't be opened is not.
    /// </summary>
    private static bool IsCut(NpgsqlException failure) => failure is PostgresException told
        ? told.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.ReadOnlySqlTransaction
        : failure.InnerException is IOException or SocketException;
}

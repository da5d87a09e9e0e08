using System.Data.Common;
using Npgsql;

namespace Mailstead.Persistence.Databases;

/// <summary>
/// A connection of the pool, scoped to the unit's tenants. The scope travels with the first statement of a transaction, or with each
/// statement outside of one, in the same round trip, and ends with the transaction: nothing of it stays on the connection.
/// </summary>
internal sealed class PostgreSqlUnit(NpgsqlConnection connection, NpgsqlTransaction? transaction, TenantScope tenants)
    : Transaction, IAsyncDisposable
{
    private const string SetScope = "SELECT set_config('mailstead.tenants', $1, true)";

    /// <summary>What others wait behind must not wait for long for a row that somebody else has locked.</summary>
    private const string SetScopeAndHaste = "SELECT set_config('mailstead.tenants', $1, true), set_config('lock_timeout', '200ms', true)";

    private NpgsqlTransaction? transaction = transaction;
    private NpgsqlTransaction? reading;

    /// <summary>Nobody's rows are what a connection sees that nobody has scoped.</summary>
    private bool isScoped = tenants == TenantScope.None;

    public override Dialect Dialect => Dialect.PostgreSql;

    private protected override DbConnection Connection => connection;

    private protected override DbTransaction? Enclosing => transaction;

    public override async ValueTask<int> ExecuteAsync(Statement statement, params object?[] values)
    {
        if (isScoped && !statement.IsAcrossTenants)
        {
            await using var command = new NpgsqlCommand(statement.Numbered, connection, transaction);
            Bind(command.Parameters, values);
            return await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await using var batch = Scoped(statement, values);
        await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        return batch.BatchCommands[1].RecordsAffected;
    }

    /// <summary>Applies all of them or none in one round trip, which ends with the commit.</summary>
    /// <returns>What each has read.</returns>
    public static async Task<object?[]> ApplyAsync(NpgsqlConnection connection, TenantScope tenants, IReadOnlyList<Change> changes, bool isPatient)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, isPatient ? SetScope : SetScopeAndHaste, [tenants.Setting]);
        foreach (var change in changes)
            Add(batch, change.Statement.Numbered, change.Values);
        var results = new object?[changes.Count];
        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        for (var i = 0; i < results.Length; i++)
        {
            if (changes[i].Read is not { } read)
                continue;
            await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false);
            results[i] = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false) ? read(reader) : null;
        }

        while (await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false))
        {
            // What reads nothing may have failed, and is heard of here.
        }

        return results;
    }

    /// <summary>Ends the transaction that a statement of free text needed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (reading is not null)
            await reading.DisposeAsync().ConfigureAwait(false);
    }

    private protected override async ValueTask ScopeAsync()
    {
        if (isScoped)
            return;
        transaction ??= reading = await connection.BeginTransactionAsync(CancellationToken.None).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(SetScope, connection, transaction);
        Bind(command.Parameters, [tenants.Setting]);
        await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        isScoped = true;
    }

    private protected override async ValueTask<DbDataReader> OpenAsync(Statement statement, object?[] values)
    {
        if (isScoped && !statement.IsAcrossTenants)
        {
            await using var command = new NpgsqlCommand(statement.Numbered, connection, transaction);
            Bind(command.Parameters, values);
            return await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await using var batch = Scoped(statement, values);
        var reader = await batch.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false);
        return reader;
    }

    /// <summary>The statement behind its scope; behind one across tenants the unit's own scope holds again.</summary>
    private NpgsqlBatch Scoped(Statement statement, object?[] values)
    {
        var batch = new NpgsqlBatch(connection, transaction);
        Add(batch, SetScope, [(statement.IsAcrossTenants ? TenantScope.Everyone : tenants).Setting]);
        Add(batch, statement.Numbered, values);
        if (transaction is null)
            return batch;
        if (statement.IsAcrossTenants)
            Add(batch, SetScope, [tenants.Setting]);
        isScoped = true;
        return batch;
    }

    private static void Add(NpgsqlBatch batch, string sql, object?[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        Bind(command.Parameters, values);
        batch.BatchCommands.Add(command);
    }

    private static void Bind(NpgsqlParameterCollection parameters, object?[] values)
    {
        foreach (var value in values)
            parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
    }
}

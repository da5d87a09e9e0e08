using System.Data.Common;

namespace Mailstead.Persistence.Databases;

/// <summary>
/// The tables of one service, on SQLite or PostgreSQL; the same SQL runs on both. Types: UUID (<see cref="Guid"/>), BYTEA
/// (<c>byte[]</c>), BIGINT, INTEGER, BOOLEAN, TEXT; times are BIGINT Unix milliseconds. What only one dialect says is in
/// <see cref="Dialect"/>.
/// </summary>
public abstract class Database(Dialect dialect) : IAsyncDisposable
{
    public Dialect Dialect { get; } = dialect;

    /// <summary>
    /// Runs <paramref name="unit"/> in a transaction that sees <paramref name="tenants"/> and returns when it is durable. Concurrent units may share one commit;
    /// each sees those before it, and one that throws is undone alone. A unit may run twice after a serialisation failure:
    /// it must have no effects outside the transaction and must await nothing but the transaction.
    /// </summary>
    public abstract Task<T> WriteAsync<T>(
        TenantScope tenants, Func<Transaction, ValueTask<T>> unit, CancellationToken cancellationToken);

    /// <summary>Runs <paramref name="query"/> on a connection that reads committed data and writes nothing.</summary>
    public abstract ValueTask<T> ReadAsync<T>(
        TenantScope tenants, Func<Transaction, ValueTask<T>> query, CancellationToken cancellationToken);

    /// <summary>
    /// Applies all of <paramref name="changes"/> or none and returns, when they are durable, what each has read. Where commits and round
    /// trips are dear, concurrent callers share them; who fails fails alone. Changes may be applied twice when a connection is cut.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting for its turn: nothing has changed then.</param>
    public virtual Task<object?[]> ChangeTogetherAsync(TenantScope tenants, IReadOnlyList<Change> changes, CancellationToken cancellationToken) => WriteAsync(
        tenants,
        async transaction =>
        {
            var results = new object?[changes.Count];
            for (var i = 0; i < results.Length; i++)
                results[i] = await changes[i].ApplyAsync(transaction).ConfigureAwait(false);
            return results;
        },
        cancellationToken);

    /// <summary>The same tables under the role that may change them; null when this one may.</summary>
    public virtual Database? OpenAsOwner() => null;

    /// <summary>True: nothing is to be changed before <paramref name="migrations"/> have all run and tenants are kept apart.</summary>
    public virtual Task<bool> IsPreparedAsync(IReadOnlyCollection<string> migrations, CancellationToken cancellationToken) =>
        Task.FromResult(false);

    /// <summary>Held while migrations run: replicas that start together take turns, and all but the first find nothing to do.</summary>
    public virtual Task<IAsyncDisposable?> TakeMigrationTurnAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IAsyncDisposable?>(null);

    /// <summary>Makes what the migrations' tables live in. Idempotent.</summary>
    public virtual Task PrepareSchemaAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Has the database itself keep tenants apart, where it can. Idempotent.</summary>
    public virtual Task ProtectTenantsAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Refuses a database that would not keep tenants apart.</summary>
    public virtual Task VerifyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public abstract ValueTask DisposeAsync();

    /// <summary>All rows, through Dapper: for what is not a hot path.</summary>
    public ValueTask<List<T>> ListAsync<T>(
        TenantScope tenants, string sql, object? arguments, CancellationToken cancellationToken) =>
        ReadAsync(tenants, transaction => transaction.ListAsync<T>(sql, arguments), cancellationToken);

    /// <summary>The first row or null, through Dapper: for what is not a hot path.</summary>
    public ValueTask<T?> FindAsync<T>(
        TenantScope tenants, string sql, object? arguments, CancellationToken cancellationToken) =>
        ReadAsync(tenants, transaction => transaction.FindAsync<T>(sql, arguments), cancellationToken);

    /// <summary>All rows of a prepared statement.</summary>
    public ValueTask<List<T>> ListAsync<T>(
        TenantScope tenants, Statement statement, Func<DbDataReader, T> read, object?[] values, CancellationToken cancellationToken) =>
        ReadAsync(tenants, transaction => transaction.ListAsync(statement, read, values), cancellationToken);

    /// <summary>One statement in a transaction of its own; the number of rows it changed.</summary>
    public Task<int> ExecuteAsync(TenantScope tenants, string sql, object? arguments, CancellationToken cancellationToken) =>
        WriteAsync(tenants, transaction => transaction.ExecuteAsync(sql, arguments), cancellationToken);
}

using System.Data.Common;
using Dapper;

namespace Mailstead.Persistence.Databases;

/// <summary>A connection in the middle of a unit of work.</summary>
public abstract class Transaction
{
    public abstract Dialect Dialect { get; }

    private protected abstract DbConnection Connection { get; }

    private protected abstract DbTransaction? Enclosing { get; }

    /// <summary>Executes a prepared statement; the number of rows changed.</summary>
    public abstract ValueTask<int> ExecuteAsync(Statement statement, params object?[] values);

    /// <summary>The first row of a prepared statement, or null.</summary>
    public async ValueTask<T?> FindAsync<T>(Statement statement, Func<DbDataReader, T> read, params object?[] values)
    {
        await using var reader = await OpenAsync(statement, values).ConfigureAwait(false);
        return await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false) ? read(reader) : default;
    }

    /// <summary>All rows of a prepared statement.</summary>
    public async ValueTask<List<T>> ListAsync<T>(Statement statement, Func<DbDataReader, T> read, params object?[] values)
    {
        await using var reader = await OpenAsync(statement, values).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            rows.Add(read(reader));
        return rows;
    }

    public async ValueTask<int> ExecuteAsync(string sql, object? arguments)
    {
        await ScopeAsync().ConfigureAwait(false);
        return await Connection.ExecuteAsync(new CommandDefinition(sql, arguments, Enclosing)).ConfigureAwait(false);
    }

    public async ValueTask<List<T>> ListAsync<T>(string sql, object? arguments)
    {
        await ScopeAsync().ConfigureAwait(false);
        return [.. await Connection.QueryAsync<T>(new CommandDefinition(sql, arguments, Enclosing)).ConfigureAwait(false)];
    }

    public async ValueTask<T?> FindAsync<T>(string sql, object? arguments)
    {
        await ScopeAsync().ConfigureAwait(false);
        return await Connection.QueryFirstOrDefaultAsync<T>(new CommandDefinition(sql, arguments, Enclosing)).ConfigureAwait(false);
    }

    /// <summary>Scopes the connection to the unit's tenants, for statements that don't do it themselves.</summary>
    private protected virtual ValueTask ScopeAsync() => ValueTask.CompletedTask;

    /// <summary>Executes a prepared statement; the reader stands before its first row.</summary>
    private protected abstract ValueTask<DbDataReader> OpenAsync(Statement statement, object?[] values);
}

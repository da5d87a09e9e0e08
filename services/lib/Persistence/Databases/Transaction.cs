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
    public async ValueTask<int> ExecuteAsync(Statement statement, params object?[] values)
    {
        var command = Prepare(statement, values);
        return await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>The first row of a prepared statement, or null.</summary>
    public async ValueTask<T?> FindAsync<T>(Statement statement, Func<DbDataReader, T> read, params object?[] values)
    {
        var command = Prepare(statement, values);
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        return await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false) ? read(reader) : default;
    }

    /// <summary>All rows of a prepared statement.</summary>
    public async ValueTask<List<T>> ListAsync<T>(Statement statement, Func<DbDataReader, T> read, params object?[] values)
    {
        var command = Prepare(statement, values);
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            rows.Add(read(reader));
        return rows;
    }

    public async ValueTask<int> ExecuteAsync(string sql, object? arguments) =>
        await Connection.ExecuteAsync(new CommandDefinition(sql, arguments, Enclosing)).ConfigureAwait(false);

    public async ValueTask<List<T>> ListAsync<T>(string sql, object? arguments) =>
        [.. await Connection.QueryAsync<T>(new CommandDefinition(sql, arguments, Enclosing)).ConfigureAwait(false)];

    public async ValueTask<T?> FindAsync<T>(string sql, object? arguments) =>
        await Connection.QueryFirstOrDefaultAsync<T>(new CommandDefinition(sql, arguments, Enclosing)).ConfigureAwait(false);

    private protected abstract DbCommand Prepare(Statement statement, object?[] values);
}

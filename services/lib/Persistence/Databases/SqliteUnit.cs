using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Mailstead.Persistence.Databases;

/// <summary>A SQLite connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteUnit(SqliteConnection connection) : Transaction, IDisposable
{
    private readonly Dictionary<Statement, SqliteCommand> prepared = [];
    private readonly Dictionary<string, SqliteCommand> bare = new(StringComparer.Ordinal);

    public override Dialect Dialect => Dialect.Sqlite;

    private protected override DbConnection Connection => connection;

    // Transactions are begun by statement, so that many units share one: commands carry no transaction object.
    private protected override DbTransaction? Enclosing => null;

    /// <summary>A constant statement without parameters: it is kept prepared.</summary>
    public void Run(string sql)
    {
        if (!bare.TryGetValue(sql, out var command))
        {
            bare[sql] = command = connection.CreateCommand();
            command.CommandText = sql;
        }

        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var command in prepared.Values.Concat(bare.Values))
            command.Dispose();
        connection.Dispose();
    }

    public override async ValueTask<int> ExecuteAsync(Statement statement, params object?[] values) =>
        await Prepare(statement, values).ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);

    private protected override async ValueTask<DbDataReader> OpenAsync(Statement statement, object?[] values) =>
        await Prepare(statement, values).ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);

    private SqliteCommand Prepare(Statement statement, object?[] values)
    {
        if (!prepared.TryGetValue(statement, out var command))
            prepared[statement] = command = Create(statement);
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] switch
            {
                null => DBNull.Value,
                Guid id => id.ToByteArray(bigEndian: true),
                var value => value,
            };
        return command;
    }

    private SqliteCommand Create(Statement statement)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement.Sql;
        foreach (var name in statement.Parameters)
            command.Parameters.Add(new SqliteParameter { ParameterName = "@" + name });
        return command;
    }
}

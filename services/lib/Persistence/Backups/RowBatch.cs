using Microsoft.Data.Sqlite;
using Npgsql;

namespace Mailstead.Persistence.Backups;

/// <summary>Rows of a SQLite table on their way to PostgreSQL, column by column, in PostgreSQL's types.</summary>
internal sealed class RowBatch(IReadOnlyList<string> types)
{
    private readonly List<object?>[] columns = [.. types.Select(_ => new List<object?>())];

    public int Count { get; private set; }

    public void Add(SqliteDataReader row)
    {
        for (var i = 0; i < columns.Length; i++)
            columns[i].Add(row.IsDBNull(i) ? null : row.GetValue(i));
        Count++;
    }

    public async Task InsertAsync(NpgsqlConnection target, string sql, CancellationToken cancellationToken)
    {
        if (Count == 0)
            return;
        await using var command = new NpgsqlCommand(sql, target) { CommandTimeout = 0 };
        for (var i = 0; i < columns.Length; i++)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = Typed(types[i], columns[i]) });
            columns[i].Clear();
        }

        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        Count = 0;
    }

    private static Array Typed(string type, List<object?> values) => type switch
    {
        "uuid" => values.Select(value => value is byte[] id ? new Guid(id, bigEndian: true) : (Guid?)null).ToArray(),
        "bytea" => values.Select(value => (byte[]?)value).ToArray(),
        "bigint" => values.Select(value => (long?)value).ToArray(),
        "integer" => values.Select(value => value is long number ? (int)number : (int?)null).ToArray(),
        "boolean" => values.Select(value => value is long truth ? truth != 0 : (bool?)null).ToArray(),
        "text" => values.Select(value => (string?)value).ToArray(),
        _ => throw new NotSupportedException($"Tables have no columns of type {type}"),
    };
}

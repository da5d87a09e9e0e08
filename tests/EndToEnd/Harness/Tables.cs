using System.Data.Common;
using System.Globalization;
using Mailstead.Stores.Harness;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Mailstead.EndToEnd.Harness;

/// <summary>A server's tables, seen from outside, wherever they are.</summary>
internal static class Tables
{
    /// <summary>Rows of a table of a service's schema.</summary>
    public static long Count(MailsteadServer server, string schema, string table)
    {
        using DbConnection connection = server.PostgreSql is { } postgreSql
            ? new NpgsqlConnection(PostgreSqlServer.AsAdministrator(postgreSql) + ";Search Path=" + schema)
            : new SqliteConnection($"Data Source={Path.Combine(server.Data, "databases", schema + ".db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {table}";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}

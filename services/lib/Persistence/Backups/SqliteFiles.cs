using Microsoft.Data.Sqlite;

namespace Mailstead.Persistence.Backups;

/// <summary>Connections to SQLite files for backing up and bringing back: nobody's pool, nobody's pragmas.</summary>
internal static class SqliteFiles
{
    public static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 30,
        }.ToString());
        connection.Open();
        connection.Run("PRAGMA busy_timeout=30000");
        return connection;
    }

    public static void Run(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The first column of every row.</summary>
    public static IEnumerable<string> List(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
            yield return reader.GetString(0);
    }

    /// <summary>Tables whose rows a backup takes along; migrations are named by their own.</summary>
    public static List<string> Tables(this SqliteConnection connection) =>
        [.. connection.List("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'migrations' AND name NOT LIKE 'sqlite_%' ORDER BY name")];

    public static List<string> Columns(this SqliteConnection connection, string table) =>
        [.. connection.List($"SELECT name FROM pragma_table_info('{table}') ORDER BY cid")];

    /// <summary>Makes one file of it, without a log beside it, that can be copied as it is.</summary>
    public static void Detach(string path)
    {
        using var connection = Open(path, SqliteOpenMode.ReadWrite);
        connection.Run("PRAGMA journal_mode=DELETE");
    }
}

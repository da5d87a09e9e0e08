using System.Globalization;
using Mailstead.EndToEnd.Harness;
using Microsoft.Data.Sqlite;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>How many messages a server holds, seen in its database.</summary>
internal static class MailboxTables
{
    public static long CountItems(MailsteadServer server)
    {
        var file = Path.Combine(server.Data, "databases", "mailboxes.db");
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM items";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}

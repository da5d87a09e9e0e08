using System.Globalization;
using Mailstead.EndToEnd.Harness;
using Microsoft.Data.Sqlite;

namespace Mailstead.EndToEnd.Durability;

/// <summary>What still waits in a server's spool and outbound queue, seen in its database.</summary>
internal static class DeliveryTables
{
    public static async Task WaitUntilEmptyAsync(MailsteadServer server)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while (Count(server, "spool") + Count(server, "outbound") is > 0 and var waiting)
        {
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, $"{waiting} messages still wait after 60 s. {server.Log}");
            await Task.Delay(100);
        }
    }

    public static long Count(MailsteadServer server, string table)
    {
        var file = Path.Combine(server.Data, "databases", "delivery.db");
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {table}";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}

using Mailstead.EndToEnd.Harness;

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

    public static long Count(MailsteadServer server, string table) => Tables.Count(server, "delivery", table);
}

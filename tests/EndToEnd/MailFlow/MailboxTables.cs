using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>How many messages a server holds, seen in its database.</summary>
internal static class MailboxTables
{
    public static long CountItems(MailsteadServer server) => Tables.Count(server, "mailboxes", "items");
}

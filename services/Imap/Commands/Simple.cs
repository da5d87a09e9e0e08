using Mailstead.Imap.Sessions;

namespace Mailstead.Imap.Commands;

/// <summary>Verbs that need nobody behind us: NOOP, LOGOUT, ID (RFC 2971), NAMESPACE (RFC 2342).</summary>
internal static class Simple
{
    public static Task<ImapReply> NoopAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        // NOOP asks for news: whoever has not heard of any looks for itself.
        arguments.Session.HasNews = arguments.Session.View is not null;
        return Task.FromResult(ImapReply.Ok("NOOP completed"));
    }

    public static Task<ImapReply> LogoutAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        arguments.Session.Output.Text("* BYE Good bye\r\n");
        arguments.Session.IsOver = true;
        return Task.FromResult(ImapReply.Ok("LOGOUT completed"));
    }

    public static Task<ImapReply> IdAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        arguments.Session.Output.Text("* ID (\"name\" \"Mailstead\")\r\n");
        return Task.FromResult(ImapReply.Ok("ID completed"));
    }

    public static Task<ImapReply> NamespaceAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        arguments.Session.Output.Text($"* NAMESPACE ((\"\" \"/\")) ((\"{OtherUsers.Prefix}\" \"/\")) NIL\r\n");
        return Task.FromResult(ImapReply.Ok("NAMESPACE completed"));
    }
}

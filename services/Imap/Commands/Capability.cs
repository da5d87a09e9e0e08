using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>CAPABILITY (RFC 9051 §6.1.1): only what works, and only where it works.</summary>
internal sealed class Capability(ImapOptions options)
{
    private const string Always = "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE";

    private static readonly string SignedIn =
        "NAMESPACE LIST-EXTENDED LIST-STATUS SPECIAL-USE CHILDREN UIDPLUS MOVE IDLE UNSELECT CONDSTORE QRESYNC ESEARCH SEARCHRES BINARY "
        + $"APPENDLIMIT={ImapLimits.MessageOctetsMax} OBJECTID QUOTA QUOTA=RES-STORAGE STATUS=SIZE";

    public static string Of(ImapSession session, ImapOptions options)
    {
        if (session.Principal is not null)
            return $"{Always} {SignedIn}";
        var login = MayLogin(session, options) ? "AUTH=PLAIN AUTH=LOGIN" : "LOGINDISABLED";
        return session.IsEncrypted ? $"{Always} {login}" : $"{Always} STARTTLS {login}";
    }

    public static bool MayLogin(ImapSession session, ImapOptions options) =>
        session.IsEncrypted || options.PlaintextLogin == PlaintextLogin.Always
        || (options.PlaintextLogin == PlaintextLogin.Loopback && System.Net.IPAddress.IsLoopback(session.Client.Address));

    public Task<ImapReply> RunAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        arguments.Session.Output.Text($"* CAPABILITY {Of(arguments.Session, options)}\r\n");
        return Task.FromResult(ImapReply.Ok("CAPABILITY completed"));
    }
}

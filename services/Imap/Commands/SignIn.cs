using System.Text;
using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Mailstead.Hosting.Tls;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Sasl;
using Microsoft.Extensions.Logging;

namespace Mailstead.Imap.Commands;

/// <summary>STARTTLS, LOGIN and AUTHENTICATE (RFC 9051 §6.2).</summary>
internal sealed partial class SignIn(
    ImapOptions options, DirectoriesApi.DirectoriesApiClient directories, AccessRecheck recheck, ChangeFeed feed, ServerTls tls, TimeProvider clock,
    ILogger<SignIn> logger)
{
    private const int FailuresMax = 3;

    private static readonly TimeSpan FailureDelay = TimeSpan.FromSeconds(1);

    public async Task<ImapReply> StartTlsAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        if (session.IsEncrypted)
            return ImapReply.Bad("The connection is encrypted already");
        if (HasPipelinedInput(session))
        {
            // What is pipelined here would be read as if it had come encrypted.
            session.IsOver = true;
            return ImapReply.Bad("Nothing may follow STARTTLS before the handshake");
        }

        var tag = Encoding.ASCII.GetString(arguments.Text.Octets.Span).Split(' ')[0];
        session.Output.Text($"{tag} OK Begin the handshake\r\n");
        await session.FlushAsync(cancellationToken);
        session.Upgrade(await tls.UpgradeAsync(session.Transport, cancellationToken));
        return ImapReply.Silent;
    }

    public async Task<ImapReply> LoginAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        if (!Capability.MayLogin(arguments.Session, options))
            return ImapReply.No("PRIVACYREQUIRED", "Encryption required: use STARTTLS first");
        if (!TryReadLogin(arguments, out var login, out var password))
            return ImapReply.Bad("LOGIN needs a user name and a password");
        return await CheckAsync(arguments.Session, login, password, cancellationToken);
    }

    public async Task<ImapReply> AuthenticateAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        var words = Encoding.ASCII.GetString(arguments.Octets.Span).Split(' ', 2);
        var mechanism = words[0].ToUpperInvariant();
        if (mechanism is not ("PLAIN" or "LOGIN"))
            return ImapReply.No("CANNOT", "Mechanisms are PLAIN and LOGIN");
        if (!Capability.MayLogin(session, options))
            return ImapReply.No("PRIVACYREQUIRED", "Encryption required: use STARTTLS first");
        var initial = words.Length > 1 ? words[1] == "=" ? "" : words[1] : null;
        return mechanism == "PLAIN"
            ? await PlainAsync(session, initial, cancellationToken)
            : await ByStepsAsync(session, initial, cancellationToken);
    }

    private async Task<ImapReply> PlainAsync(ImapSession session, string? initial, CancellationToken cancellationToken)
    {
        var response = initial ?? await AskAsync(session, "", cancellationToken);
        if (response is null or "*")
            return ImapReply.Bad("Authentication cancelled");
        return SaslPlain.TryDecode(response, out var login, out var password)
            ? await CheckAsync(session, login, password, cancellationToken)
            : ImapReply.Bad("That is not base64 of what PLAIN wants");
    }

    private async Task<ImapReply> ByStepsAsync(ImapSession session, string? initial, CancellationToken cancellationToken)
    {
        var name = initial ?? await AskAsync(session, "VXNlcm5hbWU6", cancellationToken);
        var secret = name is null or "*" ? null : await AskAsync(session, "UGFzc3dvcmQ6", cancellationToken);
        if (secret is null or "*")
            return ImapReply.Bad("Authentication cancelled");
        return SaslPlain.TryDecodeText(name!, out var login) && SaslPlain.TryDecodeText(secret, out var password)
            ? await CheckAsync(session, login, password, cancellationToken)
            : ImapReply.Bad("That is not base64 of what LOGIN wants");
    }

    private static async Task<string?> AskAsync(ImapSession session, string challenge, CancellationToken cancellationToken)
    {
        session.Output.Text($"+ {challenge}\r\n");
        var line = await CommandText.ReadLineAsync(
            session, async token => await session.FlushAsync(token), cancellationToken);
        return line is null ? null : Encoding.ASCII.GetString(line);
    }

    private static bool TryReadLogin(ImapArguments arguments, out string login, out string password)
    {
        var reader = arguments.Reader;
        password = "";
        return reader.TryAString(out login) && reader.TrySpace() && reader.TryAString(out password) && reader.AtEnd;
    }

    private async Task<ImapReply> CheckAsync(ImapSession session, string login, string password, CancellationToken cancellationToken)
    {
        AuthenticateResponse answer;
        var runs = recheck.Runs;
        try
        {
            answer = await directories.AuthenticateAsync(
                new AuthenticateRequest
                {
                    Login = login,
                    Password = password,
                    Protocol = ClientProtocol.Imap,
                    ClientAddress = session.Client.Address.ToString(),
                    ConnectionId = session.Id,
                },
                cancellationToken: cancellationToken);
        }
        catch (RpcException failure) when (failure.StatusCode != StatusCode.Cancelled)
        {
            LogUnavailable(session.Id, failure.StatusCode);
            return ImapReply.No("UNAVAILABLE", "Signing in is not possible now: " + failure.Status.Detail);
        }

        if (answer.Result == AuthenticationResult.Granted)
        {
            session.Principal = answer.Principal;
            if (!await recheck.ConfirmAsync(runs, session.ToAccessRequest(), cancellationToken))
            {
                session.Principal = null;
                return ImapReply.No("UNAVAILABLE", "Your access is changing, sign in again");
            }

            feed.Add(session);
            return ImapReply.Ok($"CAPABILITY {Capability.Of(session, options)}", "Signed in");
        }

        await Task.Delay(FailureDelay, clock, cancellationToken);
        if (++session.AuthenticationFailures >= FailuresMax)
            session.Interrupt("Too many failed attempts");
        return answer.Result switch
        {
            AuthenticationResult.DeniedByPolicy => ImapReply.No("AUTHORIZATIONFAILED", "Access denied by policy"),
            AuthenticationResult.TooManyAttempts => ImapReply.No(
                "UNAVAILABLE", $"Too many failed attempts: try again in {answer.RetryAfterSeconds} seconds"),
            _ => ImapReply.No("AUTHENTICATIONFAILED", "User name or password is wrong"),
        };
    }

    private static bool HasPipelinedInput(ImapSession session)
    {
        if (!session.Input.TryRead(out var result))
            return false;
        var hasMore = !result.Buffer.IsEmpty;
        session.Input.AdvanceTo(result.Buffer.Start);
        return hasMore;
    }

    [LoggerMessage(LogLevel.Warning, "Connection {ConnectionId}: nobody can sign in now, {StatusCode}")]
    private partial void LogUnavailable(string connectionId, StatusCode statusCode);
}

using Grpc.Core;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Server;
using Microsoft.Extensions.Logging;

namespace Mailstead.Submission;

/// <summary>Mail from users (RFC 6409): signed in, under an address of their own or of who permits it, to anywhere.</summary>
internal sealed partial class SubmissionPolicy(
    DirectoriesApi.DirectoriesApiClient directories, DeliveryApi.DeliveryApiClient delivery, AccessRecheck recheck,
    InstallationOptions installation, TimeProvider clock, ILogger<SubmissionPolicy> logger)
    : ISmtpPolicy
{
    private static readonly SmtpReply SignInFirst = new(530, "5.7.0", "Authentication required: sign in with AUTH");
    private static readonly SmtpReply SignedIn = new(235, "2.7.0", "Authentication successful");
    private static readonly SmtpReply RecipientOk = new(250, "2.1.5", "Recipient OK");
    private static readonly SmtpReply SenderOk = new(250, "2.1.0", "Sender OK");

    public string Hostname => installation.Hostname;

    public bool HasAuthentication => true;

    /// <summary>Whether whoever has signed in may go on.</summary>
    public static CheckAccessRequest ToAccessRequest(SmtpSession session) => new()
    {
        Principal = (Principal)session.Principal!,
        Protocol = ClientProtocol.Smtp,
        ClientAddress = session.Client.Address.ToString(),
    };

    public async ValueTask<SmtpReply> AuthenticateAsync(
        SmtpSession session, string login, string password, CancellationToken cancellationToken)
    {
        var runs = recheck.Runs;
        try
        {
            var answer = await directories.AuthenticateAsync(
                new AuthenticateRequest
                {
                    Login = login,
                    Password = password,
                    Protocol = ClientProtocol.Smtp,
                    ClientAddress = session.Client.Address.ToString(),
                    ConnectionId = session.Id,
                },
                cancellationToken: cancellationToken);
            if (answer.Result == AuthenticationResult.Granted)
            {
                session.Principal = answer.Principal;
                if (await recheck.ConfirmAsync(runs, ToAccessRequest(session), cancellationToken))
                    return SignedIn;
                session.Principal = null;
                return new SmtpReply(454, "4.7.0", "Your access is changing, sign in again");
            }

            return answer.Result switch
            {
                AuthenticationResult.DeniedByPolicy => new SmtpReply(535, "5.7.8", "Access denied by policy"),
                AuthenticationResult.TooManyAttempts => new SmtpReply(
                    454, "4.7.0", $"Too many failed attempts: try again in {answer.RetryAfterSeconds} seconds"),
                _ => new SmtpReply(535, "5.7.8", "Authentication credentials invalid"),
            };
        }
        catch (RpcException failure)
        {
            LogUnavailable(session.Id, failure.StatusCode);
            return new SmtpReply(454, "4.7.0", "Signing in is not possible now, try again later");
        }
    }

    public async ValueTask<SmtpReply> MailAsync(SmtpSession session, MailTransaction transaction, CancellationToken cancellationToken)
    {
        if (session.Principal is not Principal principal)
            return SignInFirst;
        if (transaction.ReturnPath.Length == 0)
            return SenderOk;
        try
        {
            var rights = await SenderIdentity.RightsAsync(directories, principal, [transaction.ReturnPath], cancellationToken);
            return rights[0] == SendingRight.NoRight ? SenderIdentity.Refusal(transaction.ReturnPath) : SenderOk;
        }
        catch (RpcException failure)
        {
            return SmtpFailures.ToReply(failure);
        }
    }

    public async ValueTask<SmtpReply> RcptAsync(
        SmtpSession session, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken)
    {
        // RFC 6409 §8.5: an address is completed with the domain of whoever submits it.
        if (recipient.Address == MailPath.Postmaster && session.Principal is Principal user)
            recipient.Address += user.PrimaryAddress[user.PrimaryAddress.LastIndexOf('@')..];
        try
        {
            var request = new ResolveRecipientsRequest();
            request.Addresses.Add(recipient.Address);
            var answer = await directories.ResolveRecipientsAsync(request, cancellationToken: cancellationToken);
            var resolved = answer.Recipients[0];
            recipient.Tag = resolved;
            return resolved.Kind switch
            {
                RecipientKind.Unknown => new SmtpReply(550, "5.1.1", "No such address here"),
                RecipientKind.Disabled => new SmtpReply(550, "5.2.1", "The mailbox is disabled"),
                _ => RecipientOk,
            };
        }
        catch (RpcException failure)
        {
            return SmtpFailures.ToReply(failure);
        }
    }

    public ISmtpContent Begin(SmtpSession session, MailTransaction transaction)
    {
        var principal = (Principal)session.Principal!;
        var envelope = Envelopes.Create(session, transaction, Direction.Outbound);
        envelope.OrganizationId = principal.OrganizationId;
        envelope.UserId = principal.UserId;
        var now = clock.GetUtcNow();
        var received = ReceivedField.Create(session, transaction, installation.Hostname, now);
        return new SubmittedContent(
            new DeliveryContent(delivery, envelope, received), new SubmittedHeader(installation.Hostname, now), directories, principal);
    }

    [LoggerMessage(LogLevel.Warning, "Connection {ConnectionId}: nobody can sign in now, {StatusCode}")]
    private partial void LogUnavailable(string connectionId, StatusCode statusCode);
}

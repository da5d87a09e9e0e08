using Grpc.Core;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Server;
using Microsoft.Extensions.Logging;

namespace Mailstead.Ingress;

/// <summary>
/// Mail from the internet: only for addresses of this installation, each answered for at once. Who the sender claims to be is
/// looked at by message authentication, after acceptance.
/// </summary>
internal sealed partial class IngressPolicy(
    DirectoriesApi.DirectoriesApiClient directories, DeliveryApi.DeliveryApiClient delivery, InstallationOptions installation, IngressOptions options,
    TimeProvider clock, ILogger<IngressPolicy> logger)
    : ISmtpPolicy
{
    private static readonly SmtpReply RecipientOk = new(250, "2.1.5", "Recipient OK");
    private static readonly SmtpReply NoPostmaster = new(450, "4.2.1", "Nobody looks after this server yet, try again later");
    private static readonly SmtpReply SenderOk = new(250, "2.1.0", "Sender OK");

    public string Hostname => installation.Hostname;

    public bool HasAuthentication => false;

    public ValueTask<SmtpReply> MailAsync(SmtpSession session, MailTransaction transaction, CancellationToken cancellationToken) =>
        ValueTask.FromResult(SenderOk);

    public async ValueTask<SmtpReply> RcptAsync(
        SmtpSession session, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken)
    {
        try
        {
            var resolved = await ResolveAsync(recipient.Address, cancellationToken);
            if (resolved.Kind == RecipientKind.Foreign && IsOurPostmaster(recipient.Address))
                return await TakePostmasterAsync(recipient, cancellationToken);
            recipient.Tag = resolved;
            return resolved.Kind switch
            {
                RecipientKind.Foreign => new SmtpReply(550, "5.7.1", "Relaying denied: the domain is not served here"),
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
        var envelope = Envelopes.Create(session, transaction, Direction.Inbound);
        return new DeliveryContent(delivery, envelope, ReceivedField.Create(session, transaction, installation.Hostname, clock.GetUtcNow()));
    }

    public ValueTask<SmtpReply> AuthenticateAsync(
        SmtpSession session, string login, string password, CancellationToken cancellationToken) =>
        throw new NotSupportedException("AUTH is not offered here");

    private async Task<Recipient> ResolveAsync(string address, CancellationToken cancellationToken)
    {
        var request = new ResolveRecipientsRequest();
        request.Addresses.Add(address);
        return (await directories.ResolveRecipientsAsync(request, cancellationToken: cancellationToken)).Recipients[0];
    }

    private bool IsOurPostmaster(string address) =>
        address == MailPath.Postmaster
        || string.Equals(address, $"{MailPath.Postmaster}@{installation.Hostname}", StringComparison.OrdinalIgnoreCase);

    /// <summary>RFC 5321 §4.5.1: who looks after the server can always be written to, whatever the domains it serves.</summary>
    private async Task<SmtpReply> TakePostmasterAsync(MailRecipient recipient, CancellationToken cancellationToken)
    {
        var resolved = options.Postmaster.Length > 0
            ? await ResolveAsync(options.Postmaster, cancellationToken)
            : (await directories.FindPostmasterAsync(new FindPostmasterRequest(), cancellationToken: cancellationToken)).Recipient;
        if (resolved is null or { Kind: RecipientKind.Foreign or RecipientKind.Unknown or RecipientKind.Disabled })
        {
            LogNoPostmaster(options.Postmaster.Length > 0 ? "Ingress:Postmaster is no enabled address of this installation" : "no organization has a user yet");
            return NoPostmaster;
        }

        (recipient.Address, recipient.Tag) = (resolved.PrimaryAddress, resolved);
        return RecipientOk;
    }

    [LoggerMessage(LogLevel.Warning, "Mail to postmaster is put off: {Reason}")]
    private partial void LogNoPostmaster(string reason);
}

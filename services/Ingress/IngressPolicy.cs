using Grpc.Core;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Server;

namespace Mailstead.Ingress;

/// <summary>
/// Mail from the internet: only for addresses of this installation, each answered for at once. Who the sender claims to be is
/// looked at by message authentication, after acceptance.
/// </summary>
internal sealed class IngressPolicy(
    DirectoriesApi.DirectoriesApiClient directories, DeliveryApi.DeliveryApiClient delivery, InstallationOptions installation, IngressOptions options,
    TimeProvider clock)
    : ISmtpPolicy
{
    private static readonly SmtpReply RecipientOk = new(250, "2.1.5", "Recipient OK");
    private static readonly SmtpReply SenderOk = new(250, "2.1.0", "Sender OK");

    public string Hostname => installation.Hostname;

    public bool HasAuthentication => false;

    public ValueTask<SmtpReply> MailAsync(SmtpSession session, MailTransaction transaction, CancellationToken cancellationToken) =>
        ValueTask.FromResult(SenderOk);

    public async ValueTask<SmtpReply> RcptAsync(
        SmtpSession session, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken)
    {
        if (options.Postmaster.Length > 0 && recipient.Address == $"postmaster@{installation.Hostname}")
            recipient.Address = options.Postmaster;
        try
        {
            var request = new ResolveRecipientsRequest();
            request.Addresses.Add(recipient.Address);
            var answer = await directories.ResolveRecipientsAsync(request, cancellationToken: cancellationToken);
            var resolved = answer.Recipients[0];
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
}

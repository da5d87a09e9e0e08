using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Mailstead.Kubernetes.Mail;

/// <summary>One message on its whole way: from a user, by submission, to another user's mailbox.</summary>
internal static class Exchange
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static async Task<string> RunAsync(MailPlaces places, Account from, Account to, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N");
        using var message = new MimeMessage { Subject = id, Body = new TextPart("plain") { Text = "Hello." } };
        message.From.Add(new MailboxAddress("", from.Address));
        message.To.Add(new MailboxAddress("", to.Address));
        using var submission = new SmtpClient { CheckCertificateRevocation = false };
        submission.ServerCertificateValidationCallback = ImapConnection.Trusting(places);
        await submission.ConnectAsync(places.Submission.Host, places.Submission.Port, SecureSocketOptions.SslOnConnect, cancellationToken);
        await submission.AuthenticateAsync(from.Address, from.Password, cancellationToken);
        await submission.SendAsync(message, cancellationToken);
        await submission.DisconnectAsync(true, cancellationToken);

        var since = TimeProvider.System.GetTimestamp();
        using var imap = await ImapConnection.OpenAsync(places, to, cancellationToken);
        while (!(await ImapConnection.ReadAsync(imap, 1, cancellationToken)).Any(found => found.Subject == id))
        {
            if (TimeProvider.System.GetElapsedTime(since) > Patience)
                throw new InvalidOperationException($"A submitted message isn't there after {Patience}");
            await Task.Delay(50, cancellationToken);
            await imap.NoOpAsync(cancellationToken);
        }

        return $"submitted over TLS, read by IMAP {TimeProvider.System.GetElapsedTime(since).TotalMilliseconds:0} ms later";
    }
}

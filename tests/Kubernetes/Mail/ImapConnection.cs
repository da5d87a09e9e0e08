using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;

namespace Mailstead.Kubernetes.Mail;

/// <summary>Signs in over TLS and opens the INBOX; the certificate must be of the installation's authority and name.</summary>
internal static class ImapConnection
{
    public static async Task<ImapClient> OpenAsync(MailPlaces places, Account account, CancellationToken cancellationToken)
    {
        var client = new ImapClient
        {
            Timeout = 30_000,
            CheckCertificateRevocation = false,
            ServerCertificateValidationCallback = Trusting(places),
        };
        try
        {
            await client.ConnectAsync(places.Imaps.Host, places.Imaps.Port, SecureSocketOptions.SslOnConnect, cancellationToken);
            await client.AuthenticateAsync(account.Address, account.Password, cancellationToken);
            await client.Inbox!.OpenAsync(FolderAccess.ReadOnly, cancellationToken);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>The subjects of the messages from a uid on, with their uids.</summary>
    public static async Task<IReadOnlyList<(uint Uid, string Subject)>> ReadAsync(ImapClient client, uint from, CancellationToken cancellationToken)
    {
        var range = new UniqueIdRange(new UniqueId(from), UniqueId.MaxValue);
        var found = await client.Inbox!.FetchAsync(range, MessageSummaryItems.UniqueId | MessageSummaryItems.Envelope, cancellationToken);
        // "n:*" names the last message even when its uid is less.
        return [.. found.Where(message => message.UniqueId.Id >= from).Select(message => (message.UniqueId.Id, message.Envelope?.Subject ?? ""))];
    }

    public static RemoteCertificateValidationCallback Trusting(MailPlaces places) =>
        (_, certificate, _, _) => certificate is X509Certificate2 shown && IsOurs(shown, places);

    private static bool IsOurs(X509Certificate2 shown, MailPlaces places)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(places.AuthorityPem);
        return chain.Build(shown) && shown.MatchesHostname(places.CertificateName);
    }
}

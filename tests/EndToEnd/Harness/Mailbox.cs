using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MailKit.Security;
using MimeKit;

namespace Mailstead.EndToEnd.Harness;

/// <summary>A user's inbox, seen through MailKit over TLS, the installation's CA checked.</summary>
internal sealed class Mailbox : IDisposable
{
    private Mailbox(ImapClient client) => Client = client;

    public ImapClient Client { get; }

    public static async Task<Mailbox> OpenAsync(DemoServer demo, string address)
    {
        var client = await ConnectAsync(demo.Server);
        await client.AuthenticateAsync(address, demo.PasswordOf(address));
        await client.Inbox!.OpenAsync(FolderAccess.ReadWrite);
        return new Mailbox(client);
    }

    public static async Task<ImapClient> ConnectAsync(MailsteadServer server)
    {
        var client = new ImapClient { CheckCertificateRevocation = false };
        client.ServerCertificateValidationCallback = Trusting(server);
        await client.ConnectAsync("localhost", server.ImapTls, SecureSocketOptions.SslOnConnect);
        return client;
    }

    /// <summary>Trusts what the installation's CA has signed, and nothing else.</summary>
    public static RemoteCertificateValidationCallback Trusting(MailsteadServer server)
    {
        var trusted = X509CertificateLoader.LoadCertificateFromFile(server.CertificateAuthority);
        return (_, certificate, chain, _) =>
        {
            chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(trusted);
            return chain.Build((X509Certificate2)certificate!);
        };
    }

    /// <summary>The newest message with this subject; fails the test when none comes within 60 s.</summary>
    public async Task<MimeMessage> WaitForSubjectAsync(string subject) =>
        await Client.Inbox!.GetMessageAsync(await WaitForUidAsync(subject));

    public async Task<UniqueId> WaitForUidAsync(string subject)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while (TimeProvider.System.GetUtcNow() < deadline)
        {
            await Client.Inbox!.CheckAsync();
            var found = await Client.Inbox.SearchAsync(SearchQuery.SubjectContains(subject));
            if (found.Count > 0)
                return found[^1];
            await Task.Delay(100);
        }

        Assert.Fail($"No message with subject '{subject}' came within 60 s");
        throw new InvalidOperationException("unreachable");
    }

    public void Dispose() => Client.Dispose();
}

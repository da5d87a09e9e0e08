using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;

namespace Mailstead.Drills.Clients;

/// <summary>A user's way to the replicas of Imap: to each in turn, over TLS, the installation's authority checked.</summary>
internal sealed class ImapAccess(IReadOnlyList<(string Host, int Port)> replicas, string authority, string address, string password)
{
    private const int TimeoutMilliseconds = 20_000;

    private int turn = Random.Shared.Next(replicas.Count);

    public string Address => address;

    /// <summary>True for what a client lives through and comes again after.</summary>
    public static bool IsPassing(Exception failure) => failure is IOException or SocketException or ProtocolException or SslHandshakeException
        or AuthenticationException or CommandException or ServiceNotConnectedException or ServiceNotAuthenticatedException
        or TimeoutException or OperationCanceledException;

    public async Task<ImapClient> SignInAsync(CancellationToken cancellationToken)
    {
        var (host, port) = replicas[(int)((uint)Interlocked.Increment(ref turn) % (uint)replicas.Count)];
        var client = new ImapClient { CheckCertificateRevocation = false, Timeout = TimeoutMilliseconds };
        try
        {
            client.ServerCertificateValidationCallback = IsTrusted;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeoutMilliseconds);
            await client.ConnectAsync(host, port, SecureSocketOptions.SslOnConnect, patience.Token);
            await client.AuthenticateAsync(address, password, patience.Token);
            await client.EnableQuickResyncAsync(patience.Token);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>False: the password is not this account's.</summary>
    public async Task<bool> IsRightAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                (await SignInAsync(cancellationToken)).Dispose();
                return true;
            }
            catch (AuthenticationException refused) when ($"{refused}".Contains("password is wrong", StringComparison.Ordinal))
            {
                return false;
            }
            catch (Exception failure) when (IsPassing(failure) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(200, cancellationToken);
            }
        }
    }

    /// <summary>Signs in again and again, until it can.</summary>
    public async Task<ImapClient> SignInPatientlyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await SignInAsync(cancellationToken);
            }
            catch (Exception failure) when (IsPassing(failure) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(200, cancellationToken);
            }
        }
    }

    // A replica may be in a network of its own: the name is another, the authority is the same.
    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || chain is null)
            return false;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(authority));
        return chain.Build((X509Certificate2)certificate);
    }
}

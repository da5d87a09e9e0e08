using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Mailstead.Hosting.Tls;

/// <summary>Authorities of the operator's own, for servers whose certificates the system doesn't know.</summary>
internal sealed class PrivateAuthorities
{
    private readonly X509Certificate2Collection authorities = [];

    public static PrivateAuthorities Read(string file)
    {
        var read = new PrivateAuthorities();
        read.authorities.ImportFromPemFile(file);
        return read;
    }

    /// <summary>True for a certificate of one of these authorities that has the name which was asked for.</summary>
    public bool Validate(object sender, X509Certificate? shown, X509Chain? sent, SslPolicyErrors errors)
    {
        if (shown is not X509Certificate2 certificate || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build(certificate);
    }
}

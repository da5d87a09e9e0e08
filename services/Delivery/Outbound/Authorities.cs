using System.Security.Cryptography.X509Certificates;

namespace Mailstead.Delivery.Outbound;

/// <summary>Whose certificates are trusted when a connection is made.</summary>
internal static class Authorities
{
    /// <summary>Null: those that the system trusts.</summary>
    /// <param name="file">A PEM file, or empty.</param>
    public static X509ChainPolicy? PolicyOf(string file)
    {
        if (file.Length == 0)
            return null;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy;
    }
}

using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Mailstead.Protocols.Dkim;

/// <summary>A public key as its record in DNS has it (RFC 6376 §3.6.1, RFC 8463 §4).</summary>
internal sealed class DkimKey
{
    /// <summary>RFC 8301 §3.2: shorter ones prove nothing, longer ones only cost time.</summary>
    private const int RsaBitsMin = 1024;
    private const int RsaBitsMax = 8192;
    private const int Ed25519Octets = 32;

    private readonly byte[] octets;
    private readonly bool isEd25519;

    private DkimKey(byte[] octets, bool isEd25519) => (this.octets, this.isEd25519) = (octets, isEd25519);

    /// <summary>t=s: the identity is in the very domain, not below it.</summary>
    public bool IsStrict { get; private init; }

    /// <summary>Null: it can't be used for this signature, as <paramref name="problem"/> says.</summary>
    public static DkimKey? TryParse(string record, bool forEd25519, out string problem)
    {
        if (TagList.TryParse(record) is not { } tags || (tags.TryGet("v", out var version) && (version != "DKIM1" || tags.First != "v")))
            return Refuse("the key's record can't be read", out problem);
        if (!tags.TryGet("p", out _))
            return Refuse("the key's record has no key", out problem);
        if (tags.Compact("p").Length == 0)
            return Refuse("the key is revoked", out problem);
        if ((tags["k"] ?? "rsa") != (forEd25519 ? "ed25519" : "rsa"))
            return Refuse("the key is of another kind", out problem);
        if (tags.TryGet("h", out _) && !tags.Items("h", "").Contains("sha256"))
            return Refuse("the key is not for sha256", out problem);
        if (!tags.Items("s", "*").Any(service => service is "*" or "email"))
            return Refuse("the key is not for mail", out problem);
        var octets = new byte[tags.Compact("p").Length];
        if (!Convert.TryFromBase64String(tags.Compact("p"), octets, out var length) || (forEd25519 && length != Ed25519Octets))
            return Refuse("the key can't be read", out problem);
        problem = "";
        return new DkimKey(octets[..length], forEd25519) { IsStrict = tags.Items("t", "").Contains("s") };
    }

    /// <summary>Is this the signature of data with this hash (SHA-256)?</summary>
    public bool Verifies(byte[] hash, byte[] signature, out string problem)
    {
        problem = "the signature does not fit";
        if (isEd25519)
        {
            // RFC 8463 §3: what is signed is the hash itself.
            var verifier = new Ed25519Signer();
            verifier.Init(forSigning: false, new Ed25519PublicKeyParameters(octets));
            verifier.BlockUpdate(hash, 0, hash.Length);
            return verifier.VerifySignature(signature);
        }

        try
        {
            using var rsa = RSA.Create();
            Import(rsa);
            if (rsa.KeySize is < RsaBitsMin or > RsaBitsMax)
            {
                problem = $"the key has {rsa.KeySize} bits";
                return false;
            }

            return rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            problem = "the key can't be read";
            return false;
        }
    }

    /// <summary>SubjectPublicKeyInfo, as everybody has it, or the RSAPublicKey that the RFC's text names.</summary>
    private void Import(RSA rsa)
    {
        try
        {
            rsa.ImportSubjectPublicKeyInfo(octets, out _);
        }
        catch (CryptographicException)
        {
            rsa.ImportRSAPublicKey(octets, out _);
        }
    }

    private static DkimKey? Refuse(string reason, out string problem)
    {
        problem = reason;
        return null;
    }
}

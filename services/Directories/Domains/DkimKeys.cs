using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mailstead.Contracts.Directories.V1;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;

namespace Mailstead.Directories.Domains;

/// <summary>
/// The keys that a domain's mail is signed with (RFC 6376, RFC 8463): an RSA key that signs, the one that signs after the next rotation, so that
/// its record is in DNS long before, and an Ed25519 key. A key that signs no more stays for a week, for mail on its way.
/// </summary>
internal static class DkimKeys
{
    private const int RsaBits = 2048;
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    public static readonly TimeSpan RetiredFor = TimeSpan.FromDays(7);

    public static StoredDkimKey[] CreateAll(DateTimeOffset now) =>
        [CreateRsa(DkimKeyUse.Active, now), CreateRsa(DkimKeyUse.Next, now), CreateEd25519(now)];

    /// <summary>The keys after a rotation.</summary>
    public static IEnumerable<StoredDkimKey> Rotate(IEnumerable<StoredDkimKey> keys, DateTimeOffset now)
    {
        foreach (var key in keys.Where(key => key.Use != DkimKeyUse.Retired || key.RetiredAt.ToDateTimeOffset() + RetiredFor > now))
        {
            var changed = key.Clone();
            if (key.Use == DkimKeyUse.Next)
            {
                changed.Use = DkimKeyUse.Active;
            }
            else if (key.Use == DkimKeyUse.Active)
            {
                changed.Use = DkimKeyUse.Retired;
                changed.RetiredAt = Timestamp.FromDateTimeOffset(now);
            }

            yield return changed;
        }

        yield return CreateRsa(DkimKeyUse.Next, now);
        yield return CreateEd25519(now);
    }

    /// <summary>The text of the record under <c>selector._domainkey</c> (RFC 6376 §3.6.1).</summary>
    public static string RecordOf(StoredDkimKey key) => $"v=DKIM1; k={(key.Algorithm == DkimAlgorithm.Rsa ? "rsa" : "ed25519")}; p={key.PublicKey}";

    private static StoredDkimKey CreateRsa(DkimKeyUse use, DateTimeOffset now)
    {
        using var rsa = RSA.Create(RsaBits);
        return Create(DkimAlgorithm.Rsa, use, now, rsa.ExportPkcs8PrivateKey(), rsa.ExportSubjectPublicKeyInfo());
    }

    /// <summary>RFC 8463 §4: the p= tag has the key's 32 octets alone.</summary>
    private static StoredDkimKey CreateEd25519(DateTimeOffset now)
    {
        var generator = new Ed25519KeyPairGenerator();
        generator.Init(new Ed25519KeyGenerationParameters(new SecureRandom()));
        var pair = generator.GenerateKeyPair();
        return Create(
            DkimAlgorithm.Ed25519, DkimKeyUse.Active, now, PrivateKeyInfoFactory.CreatePrivateKeyInfo(pair.Private).GetEncoded(),
            ((Ed25519PublicKeyParameters)pair.Public).GetEncoded());
    }

    private static StoredDkimKey Create(DkimAlgorithm algorithm, DkimKeyUse use, DateTimeOffset now, byte[] privateKey, byte[] publicKey) => new()
    {
        Selector = "ms" + RandomNumberGenerator.GetString(Letters, 8),
        Algorithm = algorithm,
        Use = use,
        PrivateKey = ByteString.CopyFrom(privateKey),
        PublicKey = Convert.ToBase64String(publicKey),
        CreatedAt = Timestamp.FromDateTimeOffset(now),
    };
}

using System.Security.Cryptography;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Domains;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace Mailstead.Unit.Directories.Domains;

/// <summary>Keys of signatures: what is published verifies what is signed, and rotation keeps three.</summary>
public sealed class DkimKeysTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_public_keys_are_those_of_the_private_ones()
    {
        byte[] text = [1, 2, 3];
        foreach (var key in DkimKeys.CreateAll(Now))
        {
            var record = DkimKeys.RecordOf(key);
            var published = Convert.FromBase64String(record[(record.IndexOf("p=", StringComparison.Ordinal) + 2)..]);
            if (key.Algorithm == DkimAlgorithm.Rsa)
            {
                using var secret = RSA.Create();
                using var known = RSA.Create();
                secret.ImportPkcs8PrivateKey(key.PrivateKey.Span, out _);
                known.ImportSubjectPublicKeyInfo(published, out _);
                Assert.Equal(2048, known.KeySize);
                Assert.True(known.VerifyData(text, secret.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
                continue;
            }

            // RFC 8463 §4: nothing but the 32 octets.
            Assert.Equal(32, published.Length);
            var signer = new Ed25519Signer();
            signer.Init(true, PrivateKeyFactory.CreateKey(key.PrivateKey.ToByteArray()));
            signer.BlockUpdate(text, 0, text.Length);
            var verifier = new Ed25519Signer();
            verifier.Init(false, new Ed25519PublicKeyParameters(published));
            verifier.BlockUpdate(text, 0, text.Length);
            Assert.True(verifier.VerifySignature(signer.GenerateSignature()));
        }
    }

    [Fact]
    public void The_next_key_signs_after_a_rotation_and_the_old_ones_stay_for_a_week()
    {
        var first = DkimKeys.CreateAll(Now);
        var second = DkimKeys.Rotate(first, Now).ToList();
        Assert.Equal(
            ["Active Ed25519", "Active Rsa", "Next Rsa", "Retired Ed25519", "Retired Rsa"],
            second.Select(key => $"{key.Use} {key.Algorithm}").Order(StringComparer.Ordinal));
        Assert.Equal(first[1].Selector, second.Single(key => key is { Use: DkimKeyUse.Active, Algorithm: DkimAlgorithm.Rsa }).Selector);

        Assert.Equal(5, DkimKeys.Rotate(second, Now + DkimKeys.RetiredFor).Count());
        Assert.Equal(7, DkimKeys.Rotate(second, Now + DkimKeys.RetiredFor - TimeSpan.FromSeconds(1)).Count());
    }
}

using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mailstead.Protocols.Mime;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace Mailstead.Protocols.Dkim;

/// <summary>Writes DKIM-Signature fields (RFC 6376 §5, RFC 8463): relaxed/relaxed, SHA-256.</summary>
public static class DkimSigner
{
    private const int LineOctets = 72;

    /// <summary>RFC 6376 §5.4.1: what a reader goes by. Each is signed once more than it is there, so that none can be added.</summary>
    private static readonly string[] Names =
    [
        "From", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "To", "Cc", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
        "In-Reply-To", "References", "List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner", "List-Archive",
    ];

    private static readonly string[] SignedAlsoWhenAbsent = ["From", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "To", "Cc"];

    /// <param name="header">The header, its last line end included.</param>
    /// <param name="bodyHash">Of the body, relaxed: <see cref="DkimBodyHash"/>.</param>
    /// <param name="domain">In its ASCII form.</param>
    /// <param name="privateKey">PKCS#8.</param>
    /// <returns>The field, its line end included.</returns>
    public static string Sign(
        ReadOnlySpan<byte> header, ReadOnlySpan<byte> bodyHash, string domain, string selector, bool isEd25519, byte[] privateKey, DateTimeOffset now)
    {
        var names = NamesIn(header);
        var field = new StringBuilder("DKIM-Signature: ");
        field.Append(CultureInfo.InvariantCulture, $"v=1; a={(isEd25519 ? "ed25519-sha256" : "rsa-sha256")}; c=relaxed/relaxed; d={domain};\r\n");
        field.Append(CultureInfo.InvariantCulture, $"\ts={selector}; t={now.ToUnixTimeSeconds()};\r\n");
        Fold(field, "\th=", string.Join(':', names), ":");
        field.Append(CultureInfo.InvariantCulture, $";\r\n\tbh={Convert.ToBase64String(bodyHash)};\r\n\tb=");

        var signed = new ArrayBufferWriter<byte>(header.Length + 1024);
        SignedFields.Append(signed, header, names, isRelaxed: true);
        DkimCanonicalization.AppendField(signed, Encoding.ASCII.GetBytes(field.ToString()), isRelaxed: true, withLineEnd: false);
        var signature = Convert.ToBase64String(Sign(SHA256.HashData(signed.WrittenSpan), isEd25519, privateKey));
        for (var i = 0; i < signature.Length; i += LineOctets)
            field.Append(i > 0 ? "\r\n\t " : "").Append(signature.AsSpan(i, Math.Min(LineOctets, signature.Length - i)));
        return field.Append("\r\n").ToString();
    }

    private static List<string> NamesIn(ReadOnlySpan<byte> header)
    {
        var names = new List<string>();
        foreach (var name in Names)
        {
            var count = HeaderFields.Count(header, Encoding.ASCII.GetBytes(name));
            names.AddRange(Enumerable.Repeat(name, count + (SignedAlsoWhenAbsent.Contains(name) ? 1 : 0)));
        }

        return names;
    }

    private static void Fold(StringBuilder field, string start, string text, string separator)
    {
        field.Append(start);
        var length = start.Length;
        var pieces = text.Split(separator);
        for (var i = 0; i < pieces.Length; i++)
        {
            var piece = i < pieces.Length - 1 ? pieces[i] + separator : pieces[i];
            if (length + piece.Length > LineOctets)
            {
                field.Append("\r\n\t ");
                length = 2;
            }

            field.Append(piece);
            length += piece.Length;
        }
    }

    private static byte[] Sign(byte[] hash, bool isEd25519, byte[] privateKey)
    {
        if (!isEd25519)
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(privateKey, out _);
            return rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, (Ed25519PrivateKeyParameters)PrivateKeyFactory.CreateKey(privateKey));
        signer.BlockUpdate(hash, 0, hash.Length);
        return signer.GenerateSignature();
    }
}

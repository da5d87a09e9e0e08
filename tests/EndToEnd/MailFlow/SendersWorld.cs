using System.Security.Cryptography;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>One whose domains say who may send for them.</summary>
public sealed class SendersWorld() : OutsideWorld("00:05:00", "00:04:00", Records)
{
    internal static readonly RSA SigningKey = RSA.Create(2048);

    /// <summary>Of RFC 8463's example, as its public half in the zone below.</summary>
    internal const string Ed25519Key = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

    private static string Records =>
        $"""
         approved            TXT "v=spf1 ip4:127.0.0.0/8 -all"
         _dmarc.approved     TXT "v=DMARC1; p=reject"
         strict              TXT "v=spf1 -all"
         _dmarc.strict       TXT "v=DMARC1; p=reject"
         careful             TXT "v=spf1 -all"
         _dmarc.careful      TXT "v=DMARC1; p=quarantine"
         signed              TXT "v=spf1 -all"
         _dmarc.signed       TXT "v=DMARC1; p=reject"
         rsa._domainkey.signed TXT {InParts("v=DKIM1; k=rsa; p=" + Convert.ToBase64String(SigningKey.ExportSubjectPublicKeyInfo()))}
         ed._domainkey.signed TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
         """;

    /// <summary>Strings of DNS have at most 255 octets.</summary>
    private static string InParts(string text) => string.Join(' ', text.Chunk(200).Select(part => $"\"{new string(part)}\""));
}

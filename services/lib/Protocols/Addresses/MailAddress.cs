using System.Globalization;
using Mailstead.Protocols.Smtp;

namespace Mailstead.Protocols.Addresses;

/// <summary>An address as it is compared: lower case, the domain in its ASCII form (RFC 5890).</summary>
public readonly record struct MailAddress(string LocalPart, string Domain)
{
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = false };

    public override string ToString() => $"{LocalPart}@{Domain}";

    public static bool TryParse(string text, out MailAddress address)
    {
        var at = text.LastIndexOf('@');
        address = default;
        if (at <= 0 || at == text.Length - 1 || text.Length > 320 || NormalizeDomain(text[(at + 1)..]) is not { } domain)
            return false;
        address = new MailAddress(text[..at].ToLowerInvariant(), domain);
        return true;
    }

    /// <summary>Null: no domain name.</summary>
    public static string? NormalizeDomain(string domain)
    {
        if (domain.Length is 0 or > 255)
            return null;
        try
        {
            var name = System.Text.Ascii.IsValid(domain) ? domain.ToLowerInvariant() : Idn.GetAscii(domain).ToLowerInvariant();
            return name[0] != '[' && MailPath.IsDomain(name) ? name : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}

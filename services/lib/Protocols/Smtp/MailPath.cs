using System.Text;

namespace Mailstead.Protocols.Smtp;

/// <summary>Reads reverse-paths and forward-paths (RFC 5321 §4.1.2, RFC 6531 §3.3).</summary>
public static class MailPath
{
    /// <summary>The one address that needs no domain (RFC 5321 §4.5.1).</summary>
    public const string Postmaster = "postmaster";

    /// <summary>
    /// <c>&lt;address&gt;</c>, a source route in front accepted and forgotten (§4.1.1.3). The null path gives an empty address.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, out string address, out ReadOnlySpan<char> rest)
    {
        address = "";
        rest = default;
        if (text.Length < 2 || text[0] != '<')
            return false;
        var end = ClosingBracket(text);
        if (end < 0 || end > SmtpLimits.PathOctetsMax + 256)
            return false;
        var inside = text[1..end];
        rest = text[(end + 1)..];
        if (inside.Length > 0 && inside[0] == '@')
        {
            var colon = inside.IndexOf(':');
            if (colon < 0)
                return false;
            inside = inside[(colon + 1)..];
        }

        address = inside.ToString();
        return (rest.Length == 0 || rest[0] == ' ') && (address.Length == 0 || IsAddress(address));
    }

    public static bool IsAddress(string address)
    {
        var at = address.LastIndexOf('@');
        return at > 0
            && Encoding.UTF8.GetByteCount(address) <= SmtpLimits.PathOctetsMax - 2
            && IsLocalPart(address.AsSpan(0, at))
            && IsDomain(address.AsSpan(at + 1));
    }

    public static bool IsDomain(ReadOnlySpan<char> domain)
    {
        if (domain.Length == 0 || Encoding.UTF8.GetByteCount(domain) > SmtpLimits.DomainOctetsMax)
            return false;
        if (domain[0] == '[')
            return IsLiteral(domain);
        foreach (var range in domain.Split('.'))
        {
            var label = domain[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
                return false;
            foreach (var character in label)
            {
                if (char.IsAscii(character)
                    ? !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_')
                    : char.IsControl(character) || char.IsWhiteSpace(character))
                    return false;
            }
        }

        return true;
    }

    /// <summary>The bracket that is not inside a quoted local part.</summary>
    private static int ClosingBracket(ReadOnlySpan<char> text)
    {
        var isQuoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
                isQuoted = !isQuoted;
            else if (text[i] == '\\' && isQuoted)
                i++;
            else if (text[i] == '>' && !isQuoted)
                return i;
        }

        return -1;
    }

    private static bool IsLocalPart(ReadOnlySpan<char> local)
    {
        if (Encoding.UTF8.GetByteCount(local) > SmtpLimits.LocalPartOctetsMax)
            return false;
        if (local[0] == '"')
            return IsQuoted(local);
        foreach (var range in local.Split('.'))
        {
            var atom = local[range];
            if (atom.Length == 0)
                return false;
            foreach (var character in atom)
            {
                if (!IsAtext(character))
                    return false;
            }
        }

        return true;
    }

    private static bool IsQuoted(ReadOnlySpan<char> local)
    {
        if (local.Length < 3 || local[^1] != '"')
            return false;
        for (var i = 1; i < local.Length - 1; i++)
        {
            var isEscaped = local[i] == '\\';
            if (isEscaped && ++i == local.Length - 1)
                return false;
            if (char.IsControl(local[i]) || (local[i] == '"' && !isEscaped))
                return false;
        }

        return true;
    }

    private static bool IsAtext(char character) =>
        char.IsAsciiLetterOrDigit(character) || (character > 127 && !char.IsControl(character)) || "!#$%&'*+-/=?^_`{|}~".Contains(character, StringComparison.Ordinal);

    private static bool IsLiteral(ReadOnlySpan<char> domain)
    {
        if (domain.Length < 3 || domain[^1] != ']')
            return false;
        var inside = domain[1..^1];
        if (inside.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase))
            inside = inside[5..];
        return System.Net.IPAddress.TryParse(inside, out _);
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Mailstead.Protocols.Spf;

/// <summary>Macros of SPF records (RFC 7208 §7).</summary>
internal static partial class SpfMacro
{
    /// <summary>§7.3: names are cut to what DNS takes, from the left.</summary>
    private const int NameLengthMax = 253;

    /// <summary>§7.1: macros and literals, with a top label or a macro at the end.</summary>
    public static bool IsDomainSpec(string text)
    {
        if (text.Length == 0 || !IsMacroString(text) || ExplanationMacro().IsMatch(text))
            return false;
        if (text.EndsWith('}') || text.EndsWith("%%", StringComparison.Ordinal) || text.EndsWith("%_", StringComparison.Ordinal) || text.EndsWith("%-", StringComparison.Ordinal))
            return text.EndsWith('}');
        var name = text.EndsWith('.') ? text[..^1] : text;
        var top = name[(name.LastIndexOf('.') + 1)..];
        return name.Contains('.', StringComparison.Ordinal) && TopLabel().IsMatch(top) && !top.All(char.IsAsciiDigit);
    }

    public static bool IsMacroString(string text) => MacroString().IsMatch(text);

    /// <param name="text">Its grammar was checked.</param>
    /// <param name="domain">The domain that the record is of (macro d).</param>
    /// <param name="validatedName">The name of the client, for macro p.</param>
    /// <param name="isExplanation">§7.2: c, r and t are macros there only.</param>
    /// <returns>Null: a macro that is none here.</returns>
    public static string? Expand(string text, SpfQuestion question, string domain, string validatedName, DateTimeOffset now, bool isExplanation)
    {
        var expanded = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                expanded.Append(text[i]);
                continue;
            }

            switch (text[++i])
            {
                case '%':
                    expanded.Append('%');
                    break;
                case '_':
                    expanded.Append(' ');
                    break;
                case '-':
                    expanded.Append("%20");
                    break;
                default:
                    var end = text.IndexOf('}', i);
                    if (Value(text[i + 1], question, domain, validatedName, now, isExplanation) is not { } value || Transform(value, text[(i + 2)..end]) is not { } transformed)
                        return null;
                    expanded.Append(char.IsAsciiLetterUpper(text[i + 1]) ? Uri.EscapeDataString(transformed) : transformed);
                    i = end;
                    break;
            }
        }

        return expanded.ToString();
    }

    /// <summary>A domain-spec as the name to ask for.</summary>
    public static string? ExpandName(string spec, SpfQuestion question, string domain, string validatedName, DateTimeOffset now)
    {
        var name = Expand(spec, question, domain, validatedName, now, isExplanation: false)?.TrimEnd('.');
        while (name is { Length: > NameLengthMax } && name.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot)
            name = name[(dot + 1)..];
        return name;
    }

    public static bool UsesClientName(string text) => text.Contains("%{p", StringComparison.OrdinalIgnoreCase);

    private static string? Value(char letter, SpfQuestion question, string domain, string validatedName, DateTimeOffset now, bool isExplanation)
    {
        var at = question.Sender.LastIndexOf('@');
        return char.ToLowerInvariant(letter) switch
        {
            's' => question.Sender,
            'l' => at > 0 ? question.Sender[..at] : "postmaster",
            'o' => question.SenderDomain,
            'd' => domain,
            'i' => Dotted(question.Client),
            'p' => validatedName,
            'v' => question.Client.AddressFamily == AddressFamily.InterNetwork ? "in-addr" : "ip6",
            'h' => question.HelloName,
            'c' when isExplanation => question.Client.ToString(),
            'r' when isExplanation => question.Receiver,
            't' when isExplanation => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
    }

    /// <summary>How many labels from the right, turned round or not, parted by what.</summary>
    private static string? Transform(string value, string transformers)
    {
        var match = Transformers().Match(transformers);
        if (!match.Success)
            return null;
        if (transformers.Length == 0)
            return value;
        var delimiters = match.Groups[3].Value.Length > 0 ? match.Groups[3].Value.ToCharArray() : ['.'];
        IEnumerable<string> parts = value.Split(delimiters);
        if (match.Groups[2].Value.Length > 0)
            parts = parts.Reverse();
        var digits = match.Groups[1].Value;
        if (digits.Length > 0)
        {
            // §7.1: zero is no number of labels.
            if (digits.All(digit => digit == '0'))
                return null;
            parts = parts.TakeLast(digits.Length > 3 ? 999 : int.Parse(digits, CultureInfo.InvariantCulture));
        }

        return string.Join('.', parts);
    }

    /// <summary>§7.3: nibbles of IPv6, each between dots.</summary>
    private static string Dotted(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
        ? address.ToString()
        : string.Join('.', Convert.ToHexString(address.GetAddressBytes()).ToCharArray());

    [GeneratedRegex(@"^(?:[\x21-\x24\x26-\x7e]|%%|%_|%-|%\{[slodiphcrtvSLODIPHCRTV]\d*[rR]?[.\-+,/_=]*\})*$")]
    private static partial Regex MacroString();

    /// <summary>§7.2: these tell people something, and are part of no name.</summary>
    [GeneratedRegex(@"%\{[crtCRT]")]
    private static partial Regex ExplanationMacro();

    [GeneratedRegex(@"^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$")]
    private static partial Regex TopLabel();

    [GeneratedRegex(@"^(\d*)([rR]?)([.\-+,/_=]*)$")]
    private static partial Regex Transformers();
}

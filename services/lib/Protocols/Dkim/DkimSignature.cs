using System.Globalization;
using System.Text;
using Mailstead.Protocols.Mime;

namespace Mailstead.Protocols.Dkim;

/// <summary>A DKIM-Signature field as it was read (RFC 6376 §3.5).</summary>
internal sealed class DkimSignature
{
    private const int SelectorLengthMax = 255;

    public required string Domain { get; init; }

    public required string Selector { get; init; }

    /// <summary>On whose behalf (i=); its domain is <see cref="Domain"/> or below it.</summary>
    public required string Identity { get; init; }

    public required bool IsEd25519 { get; init; }

    public required bool IsHeaderRelaxed { get; init; }

    public required bool IsBodyRelaxed { get; init; }

    public required IReadOnlyList<string> Fields { get; init; }

    public required byte[] BodyHash { get; init; }

    public required byte[] Signature { get; init; }

    public long? BodyLength { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null: it breaks a rule, which <paramref name="problem"/> names.</summary>
    public static DkimSignature? TryParse(ReadOnlySpan<byte> rawValue, out string problem, out string domain, out string selector)
    {
        (domain, selector) = ("", "");
        var text = Encoding.UTF8.GetString(rawValue);
        if (TagList.TryParse(text) is not { } tags)
            return Refuse("it is no list of tags", out problem);
        (domain, selector) = (tags["d"]?.ToLowerInvariant() ?? "", tags["s"] ?? "");
        if (tags["v"] != "1")
            return Refuse("its version is not 1", out problem);
        var algorithm = tags["a"] ?? "";
        // RFC 8301 §3.1: rsa-sha1 is worth nothing.
        if (algorithm is not ("rsa-sha256" or "ed25519-sha256"))
            return Refuse($"the algorithm {Printable(algorithm)} is not used", out problem);
        if (domain.Length is 0 or > 255 || selector.Length is 0 or > SelectorLengthMax || !IsName(domain) || !IsName(selector))
            return Refuse("it names no domain and selector", out problem);
        if (!TryBase64(tags.Compact("b"), out var signature) || !TryBase64(tags.Compact("bh"), out var bodyHash))
            return Refuse("it has no signature or no hash of the body", out problem);
        var forms = (tags["c"] ?? "simple/simple").Split('/');
        if (forms.Length > 2 || forms.Any(form => form is not ("simple" or "relaxed")))
            return Refuse("its canonicalization is not known", out problem);
        List<string> fields = [.. tags.Items("h", "").Where(name => name.Length > 0)];
        if (!fields.Contains("From", StringComparer.OrdinalIgnoreCase))
            return Refuse("it does not sign From", out problem);
        var identity = tags["i"] ?? "@" + domain;
        var identityDomain = identity[(identity.LastIndexOf('@') + 1)..].ToLowerInvariant();
        if (identityDomain != domain && !identityDomain.EndsWith("." + domain, StringComparison.Ordinal))
            return Refuse("its identity is not in its domain", out problem);
        if (!tags.Items("q", "dns/txt").Contains("dns/txt"))
            return Refuse("its key is not in DNS", out problem);
        if (!TryNumber(tags["l"], out var length) || !TryNumber(tags["x"], out var expiry) || !TryNumber(tags["t"], out var time))
            return Refuse("a number of it is none", out problem);
        if (expiry <= time)
            return Refuse("it expires before it was made", out problem);
        problem = "";
        return new DkimSignature
        {
            Domain = domain,
            Selector = selector,
            Identity = identity,
            IsEd25519 = algorithm[0] == 'e',
            IsHeaderRelaxed = forms[0] == "relaxed",
            IsBodyRelaxed = forms.Length == 2 && forms[1] == "relaxed",
            Fields = fields,
            BodyHash = bodyHash,
            Signature = signature,
            BodyLength = length,
            ExpiresAt = expiry is { } at and <= 253402300799 ? DateTimeOffset.FromUnixTimeSeconds(at) : null,
        };
    }

    /// <summary>The field with the value of b= taken out, as it was when it was signed (§3.7).</summary>
    public static byte[] WithoutSignature(ReadOnlySpan<byte> field)
    {
        var value = field.IndexOf((byte)':') + 1;
        var result = new List<byte>(field.Length);
        result.AddRange(field[..value]);
        foreach (var range in Tags(field, value))
        {
            var piece = field[range];
            var equals = piece.IndexOf((byte)'=');
            var isSignature = equals > 0 && piece[..equals].Trim(" \t\r\n"u8).SequenceEqual("b"u8);
            var hasMore = range.End.Value < field.Length;
            result.AddRange(isSignature ? piece[..(equals + 1)] : piece);
            // What ends the last line is no part of the value.
            if (isSignature && !hasMore && piece.EndsWith("\r\n"u8))
                result.AddRange("\r\n"u8);
            if (hasMore)
                result.Add((byte)';');
        }

        return [.. result];
    }

    private static List<Range> Tags(ReadOnlySpan<byte> field, int from)
    {
        var ranges = new List<Range>();
        while (true)
        {
            var end = field[from..].IndexOf((byte)';');
            if (end < 0)
            {
                ranges.Add(from..field.Length);
                return ranges;
            }

            ranges.Add(from..(from + end));
            from += end + 1;
        }
    }

    private static DkimSignature? Refuse(string reason, out string problem)
    {
        problem = reason;
        return null;
    }

    private static string Printable(string text) => new([.. text.Take(32).Where(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')]);

    private static bool IsName(string text) => text.Split('.').All(label => label.Length is > 0 and <= 63
        && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'));

    private static bool TryNumber(string? text, out long? number)
    {
        number = null;
        if (text is null)
            return true;
        // §3.5: up to 76 digits; no message and no time is that large.
        if (text.Length is 0 or > 76 || !text.All(char.IsAsciiDigit))
            return false;
        number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : long.MaxValue;
        return true;
    }

    private static bool TryBase64(string text, out byte[] octets)
    {
        octets = new byte[text.Length];
        if (text.Length == 0 || !Convert.TryFromBase64String(text, octets, out var length))
            return false;
        octets = octets[..length];
        return true;
    }
}

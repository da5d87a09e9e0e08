using System.Text;
using Mailstead.Protocols.Dkim;
using Mailstead.Protocols.Mime;
using Mailstead.Protocols.Spf;

namespace Mailstead.Protocols.Dmarc;

/// <summary>The Authentication-Results field (RFC 8601): what was found out about a message, for whoever reads it behind us.</summary>
public static class AuthenticationResults
{
    public const string FieldName = "Authentication-Results";

    private const int CommentLengthMax = 200;

    /// <summary>What a value has none of that needs no quotes (RFC 2045 §5.1; an address needs none, RFC 8601 §2.2).</summary>
    private const string Specials = "()<>,;:\\\"/[]?=";

    /// <param name="host">Whose results they are (authserv-id).</param>
    /// <returns>The field, its line end included.</returns>
    public static string Write(string host, SpfResult spf, string mailFrom, string helloName, IReadOnlyList<DkimResult> signatures, DmarcResult? dmarc)
    {
        var field = new StringBuilder($"{FieldName}: {host}");
        var identity = mailFrom.Length > 0 ? $"smtp.mailfrom={Value(mailFrom)}" : $"smtp.helo={Value(helloName)}";
        field.Append($";\r\n\tspf={Word(spf.Outcome)}{Comment(spf.Reason)} {identity}");
        if (signatures.Count == 0)
            field.Append(";\r\n\tdkim=none (message not signed)");
        foreach (var signature in signatures)
        {
            field.Append($";\r\n\tdkim={Word(signature.Outcome)}{Comment(signature.Reason)}");
            if (signature.Domain.Length > 0)
                field.Append($" header.d={Value(signature.Domain)} header.s={Value(signature.Selector)}");
            if (signature.Signature.Length > 0)
                field.Append($" header.b={Value(signature.Signature)}");
        }

        if (dmarc is not null)
        {
            field.Append($";\r\n\tdmarc={Word(dmarc.Outcome)}");
            if (dmarc.Outcome == DmarcOutcome.Fail)
                field.Append($" (p={Word(dmarc.Policy)} dis={Word(dmarc.Applied)})");
            field.Append($" header.from={Value(dmarc.Domain)}");
        }

        return field.Append("\r\n").ToString();
    }

    /// <summary>The Received-SPF field (RFC 7208 §9.1), its line end included.</summary>
    public static string WriteReceivedSpf(string host, SpfResult spf, string client, string mailFrom, string helloName) =>
        $"Received-SPF: {Word(spf.Outcome)}{Comment($"{host}: {spf.Reason}")}\r\n\tclient-ip={Value(client)}; envelope-from={Value(mailFrom)};\r\n"
        + $"\thelo={Value(helloName)}; receiver={Value(host)}\r\n";

    /// <summary>Is this the value of a field that claims to be of this host's? §5: such a field from outside is taken out.</summary>
    public static bool IsOf(ReadOnlySpan<byte> rawValue, string host)
    {
        var value = Encoding.UTF8.GetString(HeaderText.Unfold(rawValue)).TrimStart();
        // A comment may stand before the name.
        while (value.StartsWith('(') && value.IndexOf(')', StringComparison.Ordinal) is > 0 and var end)
            value = value[(end + 1)..].TrimStart();
        var id = value.Split([';', ' ', '\t'], 2)[0].Trim('"');
        return id.Equals(host, StringComparison.OrdinalIgnoreCase);
    }

    private static string Word<T>(T outcome)
        where T : struct, Enum => outcome.ToString().ToLowerInvariant();

    private static string Comment(string text)
    {
        var shown = text.Where(letter => letter is >= ' ' and <= '~' and not ('(' or ')' or '\\')).Take(CommentLengthMax);
        return text.Length == 0 ? "" : $" ({string.Concat(shown)})";
    }

    /// <summary>A token as it is; anything else quoted, without what ends a line or a quote.</summary>
    private static string Value(string text)
    {
        var isToken = text.Length > 0 && text.All(letter => letter is > ' ' and <= '~' && !Specials.Contains(letter, StringComparison.Ordinal));
        return isToken ? text : $"\"{new string([.. text.Where(letter => letter >= ' ' && letter != 127 && letter is not ('"' or '\\')).Take(320)])}\"";
    }
}

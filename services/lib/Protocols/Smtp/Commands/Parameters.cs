namespace Mailstead.Protocols.Smtp.Commands;

/// <summary>The ESMTP parameters behind a path: <c>KEY</c> or <c>KEY=value</c> (RFC 5321 §4.1.2).</summary>
internal static class Parameters
{
    /// <summary>Null: they are none, or one comes twice.</summary>
    public static Dictionary<string, string>? Parse(ReadOnlySpan<char> text)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var range in text.Split(' '))
        {
            var word = text[range];
            if (word.Length == 0)
                continue;
            var equals = word.IndexOf('=');
            var key = equals < 0 ? word : word[..equals];
            var value = equals < 0 ? default : word[(equals + 1)..];
            if (key.Length == 0 || (equals >= 0 && value.Length == 0) || word.Length > SmtpLimits.ParameterMax || HasControl(word)
                || !parameters.TryAdd(key.ToString(), value.ToString()))
                return null;
        }

        return parameters;
    }

    private static bool HasControl(ReadOnlySpan<char> word)
    {
        foreach (var character in word)
        {
            if (char.IsControl(character))
                return true;
        }

        return false;
    }
}

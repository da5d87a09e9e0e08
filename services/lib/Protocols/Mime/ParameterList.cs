using System.Globalization;
using System.Text;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Protocols.Mime;

/// <summary>
/// The value of Content-Type and its like: a token, then <c>; name=value</c> (RFC 2045 §5.1). Comments are passed over,
/// continuations (RFC 2231 §3) joined; extended values keep their charset and encoding and a <c>*</c> behind the name.
/// </summary>
internal static class ParameterList
{
    private const int ParametersMax = 100;
    private const int ValueMax = 4096;

    /// <summary>The token in front, lower case, and the parameters behind it.</summary>
    public static string Parse(ReadOnlySpan<byte> rawValue, ICollection<MimeParameter> parameters)
    {
        var value = HeaderText.Unfold(rawValue);
        var position = 0;
        var first = ReadToken(value, ref position, stopAtEquals: false).ToLowerInvariant();
        var found = new List<(string Name, string Value)>();
        while (found.Count < ParametersMax && TryReadParameter(value, ref position, out var name, out var text))
            found.Add((name, text));
        Join(found, parameters);
        return first;
    }

    private static bool TryReadParameter(ReadOnlySpan<byte> value, ref int position, out string name, out string text)
    {
        (name, text) = ("", "");
        while (position < value.Length)
        {
            var semicolon = value[position..].IndexOf((byte)';');
            if (semicolon < 0)
                return false;
            position += semicolon + 1;
            name = ReadToken(value, ref position, stopAtEquals: true).ToLowerInvariant();
            SkipBlanks(value, ref position);
            if (name.Length == 0 || position >= value.Length || value[position] != '=')
                continue;
            position++;
            SkipBlanks(value, ref position);
            text = position < value.Length && value[position] == '"'
                ? ReadQuoted(value, ref position)
                : ReadToken(value, ref position, stopAtEquals: false);
            return true;
        }

        return false;
    }

    private static string ReadToken(ReadOnlySpan<byte> value, ref int position, bool stopAtEquals)
    {
        SkipBlanks(value, ref position);
        var start = position;
        while (position < value.Length && value[position] is not ((byte)';' or (byte)' ' or (byte)'\t' or (byte)'(')
               && !(stopAtEquals && value[position] == '='))
            position++;
        return Charsets.DecodeUndeclared(value[start..Math.Min(position, start + ValueMax)]);
    }

    private static string ReadQuoted(ReadOnlySpan<byte> value, ref int position)
    {
        var octets = new List<byte>();
        position++;
        while (position < value.Length && value[position] != '"')
        {
            if (value[position] == '\\' && position + 1 < value.Length)
                position++;
            if (octets.Count < ValueMax)
                octets.Add(value[position]);
            position++;
        }

        position++;
        return Charsets.DecodeUndeclared(octets.ToArray());
    }

    private static void SkipBlanks(ReadOnlySpan<byte> value, ref int position)
    {
        var depth = 0;
        while (position < value.Length)
        {
            var octet = value[position];
            if (octet == '(')
                depth++;
            else if (octet == ')' && depth > 0)
                depth--;
            else if (depth == 0 && octet is not ((byte)' ' or (byte)'\t'))
                return;
            else if (octet == '\\' && depth > 0 && position + 1 < value.Length)
                position++;
            position++;
        }
    }

    private static void Join(List<(string Name, string Value)> found, ICollection<MimeParameter> parameters)
    {
        foreach (var group in found.GroupBy(parameter => BaseOf(parameter.Name, out _, out _), StringComparer.Ordinal))
        {
            var pieces = group.Select(parameter =>
            {
                BaseOf(parameter.Name, out var section, out var isExtended);
                return (section, isExtended, parameter.Value);
            }).OrderBy(piece => piece.section).ToList();
            var isJoined = pieces.Count > 1 && pieces.All(piece => piece.section >= 0);
            var text = isJoined ? string.Concat(pieces.Select(piece => piece.Value)) : pieces[^1].Value;
            var mark = (isJoined ? pieces.Any(piece => piece.isExtended) : pieces[^1].isExtended) ? "*" : "";
            parameters.Add(new MimeParameter
            {
                Name = group.Key + mark,
                Value = text.Length > ValueMax ? text[..ValueMax] : text,
            });
        }
    }

    /// <summary>"filename*1*" is section 1, extended, of "filename".</summary>
    private static string BaseOf(string name, out int section, out bool isExtended)
    {
        section = -1;
        isExtended = name.EndsWith('*');
        var plain = isExtended ? name[..^1] : name;
        var star = plain.LastIndexOf('*');
        if (star <= 0 || !int.TryParse(plain.AsSpan(star + 1), NumberStyles.None, CultureInfo.InvariantCulture, out section))
        {
            section = -1;
            return plain;
        }

        return plain[..star];
    }
}

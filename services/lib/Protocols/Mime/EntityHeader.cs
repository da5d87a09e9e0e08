using System.Text;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Protocols.Mime;

/// <summary>Reads the MIME fields of an entity's header (RFC 2045, 2183, 3282, 1864, 2557) into its part.</summary>
internal static class EntityHeader
{
    private const int TextMax = 2048;

    /// <returns>The multipart's boundary, or null.</returns>
    public static byte[]? Read(ReadOnlySpan<byte> header, MimePart part, bool isInDigest)
    {
        (part.Type, part.Subtype) = isInDigest ? ("message", "rfc822") : ("text", "plain");
        part.Encoding = "7bit";
        var fields = new HeaderFields(header);
        while (fields.MoveNext())
        {
            if (fields.Name.Length < 10 || !Ascii.EqualsIgnoreCase(fields.Name[..8], "content-"u8))
                continue;
            ReadField(fields.Name[8..], fields.RawValue, part);
        }

        if (part.Type != "multipart")
            return null;
        foreach (var parameter in part.Parameters)
        {
            if (parameter.Name == "boundary" && parameter.Value.Length is > 0 and <= 200)
                return Encoding.UTF8.GetBytes(parameter.Value.TrimEnd());
        }

        return null;
    }

    private static void ReadField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, MimePart part)
    {
        if (Ascii.EqualsIgnoreCase(name, "type"u8))
            ReadType(value, part);
        else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            part.Encoding = ParameterList.Parse(value, []) is { Length: > 0 and <= 64 } encoding ? encoding : "7bit";
        else if (Ascii.EqualsIgnoreCase(name, "disposition"u8))
            ReadDisposition(value, part);
        else if (Ascii.EqualsIgnoreCase(name, "id"u8))
            part.ContentId = Text(value);
        else if (Ascii.EqualsIgnoreCase(name, "description"u8))
            part.Description = Text(value);
        else if (Ascii.EqualsIgnoreCase(name, "md5"u8))
            part.Md5 = Text(value);
        else if (Ascii.EqualsIgnoreCase(name, "location"u8))
            part.Location = Text(value);
        else if (Ascii.EqualsIgnoreCase(name, "language"u8))
            ReadLanguages(value, part);
    }

    private static void ReadType(ReadOnlySpan<byte> value, MimePart part)
    {
        part.Parameters.Clear();
        var type = ParameterList.Parse(value, part.Parameters);
        var slash = type.IndexOf('/', StringComparison.Ordinal);
        // RFC 2045 §5.2: what can't be read is text/plain.
        if (slash <= 0 || slash == type.Length - 1 || type.Length > 256)
        {
            (part.Type, part.Subtype) = ("text", "plain");
            return;
        }

        (part.Type, part.Subtype) = (type[..slash], type[(slash + 1)..]);
    }

    private static void ReadDisposition(ReadOnlySpan<byte> value, MimePart part)
    {
        part.DispositionParameters.Clear();
        part.Disposition = ParameterList.Parse(value, part.DispositionParameters);
    }

    private static void ReadLanguages(ReadOnlySpan<byte> value, MimePart part)
    {
        foreach (var language in Text(value).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(20))
            part.Languages.Add(language);
    }

    private static string Text(ReadOnlySpan<byte> value)
    {
        var text = Charsets.DecodeUndeclared(HeaderText.Unfold(value));
        return text.Length > TextMax ? text[..TextMax] : text;
    }
}

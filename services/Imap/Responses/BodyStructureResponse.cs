using Google.Protobuf.Collections;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Responses;

/// <summary>BODY and BODYSTRUCTURE (RFC 9051 §7.5.2).</summary>
internal static class BodyStructureResponse
{
    public static void Write(ImapWriter output, MimePart part, bool isExtended)
    {
        output.Raw("("u8);
        if (part.Type == "multipart" && part.Children.Count > 0)
            WriteMultipart(output, part, isExtended);
        else
            WriteSingle(output, part, isExtended);
        output.Raw(")"u8);
    }

    private static void WriteMultipart(ImapWriter output, MimePart part, bool isExtended)
    {
        foreach (var child in part.Children)
            Write(output, child, isExtended);
        output.Raw(" "u8).String(part.Subtype);
        if (!isExtended)
            return;
        output.Raw(" "u8);
        WriteParameters(output, part.Parameters);
        WriteExtension(output, part);
    }

    private static void WriteSingle(ImapWriter output, MimePart part, bool isExtended)
    {
        // A multipart without a part is no multipart to IMAP: it is told as a text that it looks like.
        // A message inside that could not be read (encoded, or too deep) is octets: the grammar wants an envelope of any other.
        var (type, subtype) = part switch
        {
            { Type: "multipart" } => ("text", "plain"),
            { Type: "message", Subtype: "rfc822" or "global", Children.Count: 0 } => ("application", "octet-stream"),
            _ => (part.Type, part.Subtype),
        };
        output.String(type).Raw(" "u8).String(subtype).Raw(" "u8);
        WriteParameters(output, part.Parameters);
        output.Raw(" "u8).NString(Null(part.ContentId)).Raw(" "u8).NString(Null(part.Description)).Raw(" "u8).String(part.Encoding)
            .Raw(" "u8).Number(part.EndOffset - part.BodyOffset);
        if (part.Type == "message" && part.Children.Count == 1)
        {
            output.Raw(" "u8);
            EnvelopeResponse.Write(output, part.Children[0].Header.Span);
            output.Raw(" "u8);
            Write(output, part.Children[0], isExtended);
            output.Raw(" "u8).Number(part.Lines);
        }
        else if (type == "text")
        {
            output.Raw(" "u8).Number(part.Lines);
        }

        if (!isExtended)
            return;
        output.Raw(" "u8).NString(Null(part.Md5));
        WriteExtension(output, part);
    }

    private static void WriteExtension(ImapWriter output, MimePart part)
    {
        output.Raw(" "u8);
        if (part.Disposition.Length == 0)
        {
            output.Raw("NIL"u8);
        }
        else
        {
            output.Raw("("u8).String(part.Disposition).Raw(" "u8);
            WriteParameters(output, part.DispositionParameters);
            output.Raw(")"u8);
        }

        output.Raw(" "u8);
        if (part.Languages.Count == 0)
        {
            output.Raw("NIL"u8);
        }
        else
        {
            output.Raw("("u8);
            for (var i = 0; i < part.Languages.Count; i++)
                output.Raw(i > 0 ? " "u8 : ""u8).String(part.Languages[i]);
            output.Raw(")"u8);
        }

        output.Raw(" "u8).NString(Null(part.Location));
    }

    private static void WriteParameters(ImapWriter output, RepeatedField<MimeParameter> parameters)
    {
        if (parameters.Count == 0)
        {
            output.Raw("NIL"u8);
            return;
        }

        output.Raw("("u8);
        for (var i = 0; i < parameters.Count; i++)
            output.Raw(i > 0 ? " "u8 : ""u8).String(parameters[i].Name).Raw(" "u8).String(parameters[i].Value);
        output.Raw(")"u8);
    }

    private static string? Null(string text) => text.Length == 0 ? null : text;
}

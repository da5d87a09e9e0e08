using System.Globalization;
using System.Text;
using System.Xml;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Mailstead.Admin.Aws;

/// <summary>The AWS query protocol: a form with the operation and its members, answered with XML.</summary>
internal sealed class QueryProtocol : IAdminProtocol
{
    public const string FormType = "application/x-www-form-urlencoded";

    private const string IamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/";
    private const string StsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";
    private const int PairsMax = 1000;

    /// <summary>What this protocol calls the errors that every request can have.</summary>
    private static readonly Dictionary<string, (string Code, int Status)> CommonErrors = new(StringComparer.Ordinal)
    {
        ["UnrecognizedClientException"] = ("InvalidClientTokenId", StatusCodes.Status403Forbidden),
        ["InvalidSignatureException"] = ("SignatureDoesNotMatch", StatusCodes.Status403Forbidden),
        ["IncompleteSignatureException"] = ("IncompleteSignature", StatusCodes.Status400BadRequest),
        ["MissingAuthenticationTokenException"] = ("MissingAuthenticationToken", StatusCodes.Status403Forbidden),
        ["AccessDeniedException"] = ("AccessDenied", StatusCodes.Status403Forbidden),
        ["UnknownOperationException"] = ("InvalidAction", StatusCodes.Status400BadRequest),
        ["InvalidParameterException"] = ("ValidationError", StatusCodes.Status400BadRequest),
        ["SerializationException"] = ("MalformedQueryString", StatusCodes.Status400BadRequest),
        ["NoSuchEntity"] = ("NoSuchEntity", StatusCodes.Status404NotFound),
        ["EntityAlreadyExists"] = ("EntityAlreadyExists", StatusCodes.Status409Conflict),
        ["DeleteConflict"] = ("DeleteConflict", StatusCodes.Status409Conflict),
        ["LimitExceeded"] = ("LimitExceeded", StatusCodes.Status409Conflict),
        ["InternalServiceError"] = ("ServiceFailure", StatusCodes.Status500InternalServerError),
    };

    public string ContentType => "text/xml";

    public string TargetOf(HttpRequest request, ReadOnlyMemory<byte> body, string service) =>
        $"{service}.{Parse(body).GetValueOrDefault("Action", "")}";

    public IMessage Read(MessageDescriptor type, HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var form = Parse(body);
        var message = (IMessage)Activator.CreateInstance(type.ClrType)!;
        foreach (var field in type.Fields.InDeclarationOrder().Where(field => !field.IsRepeated))
        {
            if (form.TryGetValue(AwsJson.NameOf(field), out var text))
                field.Accessor.SetValue(message, ReadValue(field, text));
        }

        return message;
    }

    public byte[] Write(IMessage answer, string operation, string requestId) => WriteXml(
        writer =>
        {
            writer.WriteStartElement($"{operation}Response", operation == "GetCallerIdentity" ? StsNamespace : IamNamespace);
            // Deleting and its like have no result at all.
            if (answer.Descriptor.Fields.InDeclarationOrder().Count > 0)
            {
                writer.WriteStartElement($"{operation}Result");
                WriteMembers(writer, answer);
                writer.WriteEndElement();
            }

            writer.WriteStartElement("ResponseMetadata");
            writer.WriteElementString("RequestId", requestId);
            writer.WriteEndElement();
            writer.WriteEndElement();
        });

    public (int Status, byte[] Body) WriteError(AwsError error, string requestId)
    {
        var (code, status) = CommonErrors.TryGetValue(error.Type, out var known) ? known : (error.Type, StatusCodes.Status400BadRequest);
        return (status, WriteXml(writer =>
        {
            writer.WriteStartElement("ErrorResponse", IamNamespace);
            writer.WriteStartElement("Error");
            writer.WriteElementString("Type", status < StatusCodes.Status500InternalServerError ? "Sender" : "Receiver");
            writer.WriteElementString("Code", code);
            writer.WriteElementString("Message", error.Message);
            writer.WriteEndElement();
            writer.WriteElementString("RequestId", requestId);
            writer.WriteEndElement();
        }));
    }

    private static Dictionary<string, string> Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            var form = QueryHelpers.ParseQuery(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body.Span));
            return form.Count <= PairsMax
                ? form.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal)
                : throw new AwsErrorException(AwsError.Serialization($"A form has at most {PairsMax} members"));
        }
        catch (DecoderFallbackException)
        {
            throw new AwsErrorException(AwsError.Serialization("The form is not UTF-8"));
        }
    }

    private static object ReadValue(FieldDescriptor field, string text) => field.FieldType switch
    {
        FieldType.String => text,
        FieldType.Int32 when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        FieldType.Bool when bool.TryParse(text, out var flag) => flag,
        _ => throw new AwsErrorException(AwsError.Serialization($"The value of {AwsJson.NameOf(field)} is not {field.FieldType.ToString().ToLowerInvariant()}")),
    };

    private static byte[] WriteXml(Action<XmlWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = XmlWriter.Create(buffer, new XmlWriterSettings { Encoding = new UTF8Encoding(false), CheckCharacters = false }))
            write(writer);
        return buffer.ToArray();
    }

    private static void WriteMembers(XmlWriter writer, IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var name = AwsJson.NameOf(field);
            if (field.IsRepeated)
            {
                writer.WriteStartElement(name);
                foreach (var item in (System.Collections.IEnumerable)field.Accessor.GetValue(message))
                    WriteValue(writer, "member", item!);
                writer.WriteEndElement();
            }
            else if (!field.HasPresence || field.Accessor.HasValue(message))
            {
                WriteValue(writer, name, field.Accessor.GetValue(message));
            }
        }
    }

    private static void WriteValue(XmlWriter writer, string name, object value)
    {
        switch (value)
        {
            case Timestamp time:
                writer.WriteElementString(name, time.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
                break;
            case IMessage nested:
                writer.WriteStartElement(name);
                WriteMembers(writer, nested);
                writer.WriteEndElement();
                break;
            case bool flag:
                writer.WriteElementString(name, flag ? "true" : "false");
                break;
            default:
                writer.WriteElementString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}

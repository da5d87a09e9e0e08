using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mailstead.Admin.Aws;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin.Rest;

/// <summary>
/// The REST face: <c>POST /api/v1/list-users</c> with a JSON body, members in camelCase and times as RFC 3339 has them; <c>GET</c> with
/// members in the query for what changes nothing. Errors are problems (RFC 9457) under the status that fits.
/// </summary>
internal sealed class RestProtocol(AdminServices services) : IAdminProtocol
{
    public const string Prefix = "/api/v1/";

    private const int DepthMax = 16;

    private static readonly JsonParser Parser = new(new JsonParser.Settings(DepthMax));
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);

    private static readonly Dictionary<string, int> Statuses = new(StringComparer.Ordinal)
    {
        ["UnrecognizedClientException"] = StatusCodes.Status401Unauthorized,
        ["InvalidSignatureException"] = StatusCodes.Status401Unauthorized,
        ["IncompleteSignatureException"] = StatusCodes.Status401Unauthorized,
        ["MissingAuthenticationTokenException"] = StatusCodes.Status401Unauthorized,
        ["AccessDeniedException"] = StatusCodes.Status403Forbidden,
        ["UnknownOperationException"] = StatusCodes.Status404NotFound,
        ["EntityNotFoundException"] = StatusCodes.Status404NotFound,
        ["OrganizationNotFoundException"] = StatusCodes.Status404NotFound,
        ["MailDomainNotFoundException"] = StatusCodes.Status404NotFound,
        ["ResourceNotFoundException"] = StatusCodes.Status404NotFound,
        ["NoSuchEntity"] = StatusCodes.Status404NotFound,
        ["NotFoundException"] = StatusCodes.Status404NotFound,
        ["EntityAlreadyRegisteredException"] = StatusCodes.Status409Conflict,
        ["EntityAlreadyExists"] = StatusCodes.Status409Conflict,
        ["EmailAddressInUseException"] = StatusCodes.Status409Conflict,
        ["MailDomainInUseException"] = StatusCodes.Status409Conflict,
        ["NameAvailabilityException"] = StatusCodes.Status409Conflict,
        ["DeleteConflict"] = StatusCodes.Status409Conflict,
        ["AlreadyExistsException"] = StatusCodes.Status409Conflict,
        ["KMSInvalidStateException"] = StatusCodes.Status409Conflict,
        ["DisabledException"] = StatusCodes.Status409Conflict,
        ["EntityStateException"] = StatusCodes.Status409Conflict,
        ["OrganizationStateException"] = StatusCodes.Status409Conflict,
        ["MailDomainStateException"] = StatusCodes.Status409Conflict,
        ["LimitExceededException"] = StatusCodes.Status429TooManyRequests,
        ["InternalServiceError"] = StatusCodes.Status500InternalServerError,
    };

    public string ContentType => "application/json";

    public string ErrorContentType => "application/problem+json";

    public string TargetOf(HttpRequest request, ReadOnlyMemory<byte> body, string service)
    {
        var found = services.FindByPath(request.Path.Value![Prefix.Length..]);
        return found is not null && (found.IsReadOnly || HttpMethods.IsPost(request.Method)) ? found.Target : $"{request.Method} {request.Path}";
    }

    public IMessage Read(MessageDescriptor type, HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var json = HttpMethods.IsGet(request.Method) ? FromQuery(type, request.Query) : Encoding.UTF8.GetString(body.Span);
        try
        {
            var message = Parser.Parse(json.Length == 0 ? "{}" : json, type);
            RequireLists(type, json);
            return message;
        }
        catch (Exception broken) when (broken is InvalidProtocolBufferException or InvalidJsonException or JsonException or FormatException or ArgumentException)
        {
            throw new AwsErrorException(AwsError.Serialization("The request can't be read: " + broken.Message));
        }
    }

    public byte[] Write(IMessage answer, string operation, string requestId) => Encoding.UTF8.GetBytes(Formatter.Format(answer));

    public (int Status, byte[] Body) WriteError(AwsError error, string requestId)
    {
        var status = Statuses.GetValueOrDefault(error.Type, StatusCodes.Status400BadRequest);
        return (status, JsonSerializer.SerializeToUtf8Bytes(new
        {
            type = $"urn:mailstead:error:{error.Type}",
            title = error.Type,
            status,
            detail = error.Message,
            instance = $"urn:uuid:{requestId}",
        }));
    }

    /// <summary>A message can't tell a list that is left out from an empty one, which may mean something.</summary>
    private static void RequireLists(MessageDescriptor type, string json)
    {
        using var document = JsonDocument.Parse(json.Length == 0 ? "{}" : json);
        foreach (var field in type.Fields.InDeclarationOrder().Where(field => field is { IsRepeated: true, IsMap: false }))
        {
            int? count = document.RootElement.TryGetProperty(field.JsonName, out var list) && list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : null;
            if (RequestRules.FindListBreach(field, field.JsonName, count) is { } breach)
                throw new AwsErrorException(AwsError.Invalid(breach));
        }
    }

    /// <summary>One value for a member that has one, several for a list.</summary>
    private static string FromQuery(MessageDescriptor type, IQueryCollection query)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, values) in query.Where(pair => !pair.Key.StartsWith("X-Amz-", StringComparison.Ordinal)))
            {
                var field = type.Fields.InDeclarationOrder().FirstOrDefault(field => field.JsonName == name)
                    ?? throw new AwsErrorException(AwsError.Serialization($"There is no member {name}"));
                if (!field.IsRepeated && values.Count != 1)
                    throw new AwsErrorException(AwsError.Serialization($"{name} has one value"));
                writer.WritePropertyName(name);
                if (field.IsRepeated)
                    writer.WriteStartArray();
                foreach (var value in values)
                    WriteValue(writer, field, value ?? "");
                if (field.IsRepeated)
                    writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteValue(Utf8JsonWriter writer, FieldDescriptor field, string value)
    {
        if (field.FieldType == FieldType.Bool && bool.TryParse(value, out var flag))
            writer.WriteBooleanValue(flag);
        else if (field.FieldType == FieldType.Message && field.MessageType.FullName != "google.protobuf.Timestamp")
            throw new AwsErrorException(AwsError.Serialization($"{field.JsonName} is a structure: send it in the body of a POST"));
        else
            writer.WriteStringValue(value);
    }
}

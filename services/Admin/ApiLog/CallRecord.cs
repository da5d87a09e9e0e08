using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mailstead.Admin.Aws;
using Mailstead.Contracts.CloudTrail.V1;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin.ApiLog;

/// <summary>One call while it is carried out, and what becomes of it in the log: a record of the shape that CloudTrail has.</summary>
internal sealed class CallRecord(
    Guid eventId, DateTimeOffset time, string requestId, HttpRequest request, Caller caller, AdminOperation operation, string region)
{
    private const int ParametersOctetsMax = 64 * 1024;

    public AdminOperation Operation => operation;

    public bool IsReadOnly => operation.IsReadOnly;

    /// <param name="error">Null: it succeeded.</param>
    public Event ToEvent(IMessage? parameters, IMessage? answer, AwsError? error)
    {
        var made = new Event
        {
            EventId = eventId.ToString(),
            EventName = operation.Name,
            ReadOnly = IsReadOnly ? "true" : "false",
            AccessKeyId = caller.AccessKeyId,
            EventTime = Timestamp.FromDateTimeOffset(time),
            EventSource = $"{operation.SigningName}.amazonaws.com",
            Username = caller.UserName,
            CloudTrailEvent = Write(parameters, answer, error),
        };
        if (TextOf(parameters, "organization_id") is { } organization)
            made.Resources.Add(new Resource { ResourceType = "AWS::WorkMail::Organization", ResourceName = organization });
        if (operation.SigningName == "kms" && (TextOf(answer, "key_id") ?? TextOf(parameters, "key_id")) is { } key)
            made.Resources.Add(new Resource { ResourceType = "AWS::KMS::Key", ResourceName = key });
        return made;
    }

    private static string? TextOf(IMessage? message, string field) =>
        message?.Descriptor.FindFieldByName(field) is { } found && found.Accessor.HasValue(message) ? (string)found.Accessor.GetValue(message) : null;

    private string Write(IMessage? parameters, IMessage? answer, AwsError? error)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("eventVersion", "1.08");
            WriteIdentity(writer);
            writer.WriteString("eventTime", time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            writer.WriteString("eventSource", $"{operation.SigningName}.amazonaws.com");
            writer.WriteString("eventName", operation.Name);
            writer.WriteString("awsRegion", region);
            writer.WriteString("sourceIPAddress", request.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "unknown");
            writer.WriteString("userAgent", request.Headers.UserAgent.ToString());
            if (error is not null)
            {
                writer.WriteString("errorCode", error.Type);
                writer.WriteString("errorMessage", error.Message);
            }

            WriteMessage(writer, "requestParameters", parameters);
            // As CloudTrail has it: what was read is not in the log.
            WriteMessage(writer, "responseElements", IsReadOnly ? null : answer);
            writer.WriteString("requestID", requestId);
            writer.WriteString("eventID", eventId.ToString());
            writer.WriteBoolean("readOnly", IsReadOnly);
            writer.WriteString("eventType", "AwsApiCall");
            writer.WriteString("recipientAccountId", caller.AccountId);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private void WriteIdentity(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("userIdentity");
        writer.WriteString("type", caller.IsAdministrator ? "Root" : "IAMUser");
        writer.WriteString("principalId", caller.PrincipalId);
        writer.WriteString("arn", caller.Arn);
        writer.WriteString("accountId", caller.AccountId);
        writer.WriteString("accessKeyId", caller.AccessKeyId);
        writer.WriteString("userName", caller.UserName);
        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, string name, IMessage? message)
    {
        var json = message is null ? [] : AwsJson.WriteForLog(message);
        if (json.Length == 0 || json.AsSpan().SequenceEqual("{}"u8))
        {
            writer.WriteNull(name);
            return;
        }

        writer.WritePropertyName(name);
        if (json.Length > ParametersOctetsMax)
            writer.WriteStringValue($"left out: {json.Length} octets");
        else
            writer.WriteRawValue(json);
    }
}

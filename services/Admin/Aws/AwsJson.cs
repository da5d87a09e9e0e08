using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Mailstead.Contracts.Admin.V1;
using Enum = System.Enum;

namespace Mailstead.Admin.Aws;

/// <summary>
/// JSON of the AWS face to messages and back, by their descriptors: members are named in PascalCase, timestamps are seconds since the
/// epoch, enums are their words, what is not set is left out.
/// </summary>
internal static class AwsJson
{
    private const int DepthMax = 16;
    private const int ItemsMax = 10_000;
    private const string Hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";

    /// <exception cref="AwsErrorException">SerializationException, naming the member.</exception>
    public static IMessage Read(MessageDescriptor type, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json.IsEmpty ? "{}"u8.ToArray() : json, new JsonDocumentOptions { MaxDepth = DepthMax });
            return ReadMessage(type, document.RootElement, "");
        }
        catch (JsonException broken)
        {
            throw new AwsErrorException(AwsError.Serialization("The body is not valid JSON: " + broken.Message));
        }
        catch (Exception broken) when (broken is InvalidOperationException or ArgumentException)
        {
            // Half a surrogate pair in a string, a time beyond the calendar.
            throw new AwsErrorException(AwsError.Serialization("A value in the body can't be read: " + broken.Message));
        }
    }

    public static byte[] Write(IMessage message)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            WriteMessage(writer, message);
        return buffer.ToArray();
    }

    /// <summary>As the log of calls has it: members in camelCase, what is sensitive left out of its values.</summary>
    public static byte[] WriteForLog(IMessage message)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            WriteMessage(writer, message, isForLog: true);
        return buffer.ToArray();
    }

    /// <summary>OrganizationId for organization_id; a json_name of its own is taken as it is.</summary>
    public static string NameOf(FieldDescriptor field) =>
        char.ToUpper(field.JsonName[0], CultureInfo.InvariantCulture) + field.JsonName[1..];

    private static IMessage ReadMessage(MessageDescriptor type, JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw Wrong(path, "an object");
        var message = (IMessage)Activator.CreateInstance(type.ClrType)!;
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            var name = NameOf(field);
            var memberPath = path.Length == 0 ? name : $"{path}.{name}";
            if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                // Messages can't tell a list that is left out from an empty one: only here it is known.
                if (field.IsRepeated && RequestRules.FindListBreach(field, memberPath, null) is { } missing)
                    throw new AwsErrorException(AwsError.Invalid(missing));
                continue;
            }

            if (field.IsMap)
                ReadMap(message, field, value, memberPath);
            else if (field.IsRepeated)
                ReadList(message, field, value, memberPath);
            else
                field.Accessor.SetValue(message, ReadValue(field, value, memberPath));
        }

        return message;
    }

    private static void ReadList(IMessage message, FieldDescriptor field, JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() > ItemsMax)
            throw Wrong(path, $"a list of at most {ItemsMax}");
        if (RequestRules.FindListBreach(field, path, json.GetArrayLength()) is { } breach)
            throw new AwsErrorException(AwsError.Invalid(breach));
        var list = (System.Collections.IList)field.Accessor.GetValue(message);
        foreach (var item in json.EnumerateArray())
            list.Add(ReadValue(field, item, path));
    }

    /// <summary>Of texts by texts: there are no others.</summary>
    private static void ReadMap(IMessage message, FieldDescriptor field, JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object || json.EnumerateObject().Count() > ItemsMax)
            throw Wrong(path, $"an object of at most {ItemsMax} members");
        var map = (MapField<string, string>)field.Accessor.GetValue(message);
        foreach (var pair in json.EnumerateObject())
            map[pair.Name] = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString()! : throw Wrong($"{path}.{pair.Name}", "string");
    }

    private static object ReadValue(FieldDescriptor field, JsonElement json, string path)
    {
        switch (field.FieldType)
        {
            case FieldType.String when json.ValueKind == JsonValueKind.String:
                return json.GetString()!;
            case FieldType.Bool when json.ValueKind is JsonValueKind.True or JsonValueKind.False:
                return json.GetBoolean();
            case FieldType.Int32 when json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number):
                return number;
            case FieldType.Int64 when json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out var number):
                return number;
            case FieldType.Double when json.ValueKind == JsonValueKind.Number:
                return json.GetDouble();
            case FieldType.Bytes when json.ValueKind == JsonValueKind.String && json.TryGetBytesFromBase64(out var octets):
                return ByteString.CopyFrom(octets);
            case FieldType.Enum when json.ValueKind == JsonValueKind.String:
                return ReadEnum(field, json.GetString()!, path);
            case FieldType.Message when field.MessageType.FullName == Timestamp.Descriptor.FullName && json.ValueKind == JsonValueKind.Number:
                return Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch.AddSeconds(json.GetDouble()));
            case FieldType.Message when field.MessageType.FullName != Timestamp.Descriptor.FullName:
                return ReadMessage(field.MessageType, json, path);
            default:
                throw Wrong(path, field.FieldType.ToString().ToLowerInvariant());
        }
    }

    private static object ReadEnum(FieldDescriptor field, string word, string path)
    {
        var value = field.EnumType.Values.FirstOrDefault(value => value.Name == word && value.Number != 0)
            ?? throw new AwsErrorException(AwsError.Invalid(
                $"1 validation error detected: Value '{word}' at '{path}' failed to satisfy constraint: Member must satisfy enum value set: ["
                + string.Join(", ", field.EnumType.Values.Where(value => value.Number != 0).Select(value => value.Name)) + "]"));
        return Enum.ToObject(field.EnumType.ClrType, value.Number);
    }

    private static AwsErrorException Wrong(string path, string wanted) =>
        new(AwsError.Serialization($"The value of {(path.Length == 0 ? "the body" : path)} is not {wanted}"));

    private static void WriteMessage(Utf8JsonWriter writer, IMessage message, bool isForLog = false)
    {
        writer.WriteStartObject();
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.IsMap)
            {
                WriteMap(writer, (MapField<string, string>)field.Accessor.GetValue(message), isForLog ? field.JsonName : NameOf(field));
                continue;
            }

            var list = field.IsRepeated ? (System.Collections.IList)field.Accessor.GetValue(message) : null;
            if (isForLog && list is { Count: 0 })
                continue;
            var name = NameOf(field);
            if (isForLog)
                name = char.ToLowerInvariant(name[0]) + name[1..];
            if (list is not null)
            {
                writer.WriteStartArray(name);
                foreach (var item in list)
                    WriteValue(writer, field, item!, isForLog);
                writer.WriteEndArray();
            }
            else if (!field.HasPresence || field.Accessor.HasValue(message))
            {
                writer.WritePropertyName(name);
                WriteValue(writer, field, field.Accessor.GetValue(message), isForLog);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter writer, MapField<string, string> map, string name)
    {
        if (map.Count == 0)
            return;
        writer.WriteStartObject(name);
        foreach (var (key, value) in map)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, FieldDescriptor field, object value, bool isForLog)
    {
        if (isForLog && field.GetOptions()?.GetExtension(RulesExtensions.Rules) is { Sensitive: true })
        {
            writer.WriteStringValue(Hidden);
            return;
        }

        switch (value)
        {
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            case ByteString octets:
                writer.WriteBase64StringValue(octets.Span);
                break;
            case Timestamp time:
                writer.WriteNumberValue(Math.Round(time.Seconds + (time.Nanos / 1e9), 3));
                break;
            case IMessage nested:
                WriteMessage(writer, nested, isForLog);
                break;
            default:
                writer.WriteStringValue(field.EnumType.FindValueByNumber(Convert.ToInt32(value, CultureInfo.InvariantCulture)).Name);
                break;
        }
    }
}

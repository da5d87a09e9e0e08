using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Mailstead.Contracts.Admin.V1;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin.Rest;

/// <summary>The REST face as OpenAPI 3.1 describes it, read from the contracts and their rules.</summary>
internal sealed class OpenApiDocument(AdminServices services)
{
    private readonly Lazy<byte[]> document = new(() => JsonSerializer.SerializeToUtf8Bytes(Create(services)));

    public Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(document.Value, 0, document.Value.Length, context.RequestAborted);
    }

    private static JsonObject Create(AdminServices services)
    {
        var schemas = new JsonObject { ["Problem"] = Problem() };
        var paths = new JsonObject();
        foreach (var operation in services.All.OrderBy(operation => operation.Path, StringComparer.Ordinal))
        {
            AddSchema(schemas, operation.Request);
            AddSchema(schemas, operation.Answer);
            paths[RestProtocol.Prefix + operation.Path] = PathOf(operation);
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Mailstead administration",
                ["version"] = "1",
                ["description"] = "Requests are signed with an access key, as AWS Signature Version 4 has it, for the service workmail.",
            },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject
                {
                    ["signature"] = new JsonObject
                    {
                        ["type"] = "apiKey",
                        ["name"] = "Authorization",
                        ["in"] = "header",
                        ["description"] = "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…",
                    },
                },
            },
            ["security"] = new JsonArray(new JsonObject { ["signature"] = new JsonArray() }),
        };
    }

    private static JsonObject PathOf(AdminOperation operation)
    {
        var path = new JsonObject
        {
            ["post"] = OperationOf(operation, operation.Name, new JsonObject
            {
                ["requestBody"] = new JsonObject { ["required"] = true, ["content"] = ContentOf(NameOf(operation.Request)) },
            }),
        };
        if (operation.IsReadOnly && operation.Request.Fields.InDeclarationOrder().All(field => field.FieldType != FieldType.Message || IsTime(field)))
        {
            path["get"] = OperationOf(operation, operation.Name + "ByQuery", new JsonObject
            {
                ["parameters"] = new JsonArray([.. operation.Request.Fields.InDeclarationOrder().Select(field => new JsonObject
                {
                    ["name"] = field.JsonName,
                    ["in"] = "query",
                    ["required"] = RulesOf(field)?.Required == true,
                    ["schema"] = SchemaOf(field),
                })]),
            });
        }

        return path;
    }

    private static JsonObject OperationOf(AdminOperation operation, string id, JsonObject input)
    {
        var described = new JsonObject
        {
            ["operationId"] = (operation.SigningName switch { "iam" => "Iam", "kms" => "Kms", _ => "" }) + id,
            ["tags"] = new JsonArray(operation.Group),
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject { ["description"] = "Done.", ["content"] = ContentOf(NameOf(operation.Answer)) },
                ["default"] = new JsonObject
                {
                    ["description"] = "Refused; title names the error.",
                    ["content"] = ContentOf("Problem", "application/problem+json"),
                },
            },
        };
        foreach (var (name, value) in input.ToList())
        {
            input.Remove(name);
            described[name] = value;
        }

        return described;
    }

    private static void AddSchema(JsonObject schemas, MessageDescriptor type)
    {
        if (schemas.ContainsKey(NameOf(type)))
            return;
        var properties = new JsonObject();
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        schemas[NameOf(type)] = schema;
        var fields = type.Fields.InDeclarationOrder();
        foreach (var field in fields)
        {
            properties[field.JsonName] = SchemaOf(field);
            if (field is { FieldType: FieldType.Message, IsMap: false } && !IsTime(field))
                AddSchema(schemas, field.MessageType);
        }

        var required = fields.Where(field => RulesOf(field)?.Required == true).Select(field => (JsonNode)field.JsonName).ToArray();
        if (required.Length > 0)
            schema["required"] = new JsonArray(required);
    }

    private static JsonObject SchemaOf(FieldDescriptor field)
    {
        if (field.IsMap)
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "string" } };
        var one = ValueOf(field);
        if (!field.IsRepeated)
            return one;
        var list = new JsonObject { ["type"] = "array", ["items"] = one };
        var rules = RulesOf(field);
        if (rules is { HasItemsMin: true })
            list["minItems"] = rules.ItemsMin;
        if (rules is { HasItemsMax: true })
            list["maxItems"] = rules.ItemsMax;
        return list;
    }

    private static JsonObject ValueOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message when IsTime(field) => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
        FieldType.Message => new JsonObject { ["$ref"] = "#/components/schemas/" + NameOf(field.MessageType) },
        FieldType.Enum => new JsonObject
        {
            ["type"] = "string",
            ["enum"] = new JsonArray([.. field.EnumType.Values.Where(value => value.Number != 0).Select(value => (JsonNode)value.Name)]),
        },
        FieldType.Bool => new JsonObject { ["type"] = "boolean" },
        FieldType.Bytes => new JsonObject { ["type"] = "string", ["format"] = "byte" },
        FieldType.Double => new JsonObject { ["type"] = "number" },
        // RFC 8259 §6: numbers of 64 bits are texts, so that nobody rounds them.
        FieldType.Int64 => new JsonObject { ["type"] = "string", ["format"] = "int64" },
        FieldType.Int32 => WithRules(field, new JsonObject { ["type"] = "integer", ["format"] = "int32" }),
        _ => WithRules(field, new JsonObject { ["type"] = "string" }),
    };

    private static JsonObject WithRules(FieldDescriptor field, JsonObject schema)
    {
        if (RulesOf(field) is not { } rules)
            return schema;
        if (rules.HasLengthMin)
            schema["minLength"] = rules.LengthMin;
        if (rules.HasLengthMax)
            schema["maxLength"] = rules.LengthMax;
        if (rules.HasPattern)
            schema["pattern"] = $"^(?:{rules.Pattern})$";
        if (rules.HasValueMin)
            schema["minimum"] = rules.ValueMin;
        if (rules.HasValueMax)
            schema["maximum"] = rules.ValueMax;
        if (rules.Sensitive)
            schema["format"] = "password";
        return schema;
    }

    private static JsonObject Problem() => new()
    {
        ["type"] = "object",
        ["description"] = "RFC 9457",
        ["properties"] = new JsonObject
        {
            ["type"] = new JsonObject { ["type"] = "string" },
            ["title"] = new JsonObject { ["type"] = "string", ["description"] = "The error's name, such as EntityNotFoundException." },
            ["status"] = new JsonObject { ["type"] = "integer" },
            ["detail"] = new JsonObject { ["type"] = "string" },
            ["instance"] = new JsonObject { ["type"] = "string" },
        },
    };

    private static JsonObject ContentOf(string schema, string type = "application/json") => new()
    {
        [type] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/" + schema } },
    };

    private static Rules? RulesOf(FieldDescriptor field) => field.GetOptions()?.GetExtension(RulesExtensions.Rules);

    private static bool IsTime(FieldDescriptor field) => field.FieldType == FieldType.Message && field.MessageType.FullName == "google.protobuf.Timestamp";

    /// <summary>Unique among all contracts: mailstead.admin.v1.User is AdminUser.</summary>
    private static string NameOf(MessageDescriptor type)
    {
        var area = type.File.Package.Split('.')[1];
        return char.ToUpperInvariant(area[0]) + area[1..] + type.Name;
    }
}

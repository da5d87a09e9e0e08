using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Mailstead.Contracts;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host.Administration.Configuration;

/// <summary>Operations on one organization, by name, with values as files have them: texts, members in camelCase.</summary>
internal sealed class OrganizationApi(AdminClient client, string organizationId)
{
    private const string PublicService = "WorkMailService";
    private const string Token = "NextToken";

    private static readonly Dictionary<string, MethodDescriptor> Methods = ServiceCatalogue.Administration
        .Where(service => ServiceOf(service) is PublicService or "MailsteadService")
        .SelectMany(service => service.Methods).ToDictionary(method => method.Name, StringComparer.Ordinal);

    public string OrganizationId => organizationId;

    /// <exception cref="AdminRefusedException">The installation answered with an error.</exception>
    /// <exception cref="SettingException">A value is not what its member wants.</exception>
    public async Task<JsonObject> CallAsync(string operation, JsonObject? members = null)
    {
        var method = Methods[operation];
        var input = Typed(members ?? [], method.InputType, operation);
        if (method.InputType.FindFieldByName("organization_id") is not null)
            input[nameof(OrganizationId)] = organizationId;
        return (JsonObject)ToTexts(await client.CallAsync("workmail", $"{ServiceOf(method.Service)}.{operation}", input).ConfigureAwait(false))!;
    }

    /// <summary>A list, all pages of it.</summary>
    public async Task<List<JsonObject>> ListAsync(string operation, string member, JsonObject? members = null)
    {
        var all = new List<JsonObject>();
        var input = members?.DeepClone() as JsonObject ?? [];
        while (true)
        {
            var page = await CallAsync(operation, input).ConfigureAwait(false);
            all.AddRange((page[Camel(member)] as JsonArray ?? []).Select(item => item as JsonObject ?? new JsonObject { ["value"] = item?.DeepClone() }));
            if (page[Camel(Token)]?.GetValue<string>() is not { } next)
                return all;
            input[Camel(Token)] = next;
        }
    }

    public static string Camel(string name) => name.All(char.IsUpper) ? name.ToLowerInvariant() : char.ToLowerInvariant(name[0]) + name[1..];

    private static string ServiceOf(Google.Protobuf.Reflection.ServiceDescriptor service) =>
        service.GetOptions()?.GetExtension(RulesExtensions.ServiceName) is { Length: > 0 } name ? name : PublicService;

    private static JsonObject Typed(JsonObject given, MessageDescriptor type, string place)
    {
        var typed = new JsonObject();
        foreach (var (name, value) in given)
        {
            if (value is null)
                continue;
            var field = type.Fields.InDeclarationOrder().Single(field => field.JsonName.Equals(name, StringComparison.OrdinalIgnoreCase));
            typed[char.ToUpperInvariant(field.JsonName[0]) + field.JsonName[1..]] = value is JsonArray list
                ? new JsonArray([.. list.Select(item => Typed(item, field, $"{place}: {name}"))])
                : Typed(value, field, $"{place}: {name}");
        }

        return typed;
    }

    private static JsonNode? Typed(JsonNode? value, FieldDescriptor field, string place) => value switch
    {
        JsonObject nested => Typed(nested, field.MessageType, place),
        null => null,
        _ => Typed(value.GetValue<string>(), field, place),
    };

    private static JsonNode Typed(string text, FieldDescriptor field, string place) => field.FieldType switch
    {
        FieldType.Bool => bool.TryParse(text, out var flag) ? flag : throw new SettingException($"{place} is '{text}'; it wants true or false"),
        FieldType.Int32 or FieldType.Int64 => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new SettingException($"{place} is '{text}'; it wants a number"),
        _ => text,
    };

    private static JsonNode? ToTexts(JsonNode? node) => node switch
    {
        JsonObject mapping => new JsonObject(mapping.Select(pair => KeyValuePair.Create(Camel(pair.Key), ToTexts(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(ToTexts)]),
        null => null,
        _ when node.GetValueKind() == System.Text.Json.JsonValueKind.String => node.DeepClone(),
        _ => JsonValue.Create(node.ToJsonString()),
    };
}

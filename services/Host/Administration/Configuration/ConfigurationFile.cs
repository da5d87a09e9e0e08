using System.Text.Json.Nodes;
using Mailstead.Host.CommandLine;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Mailstead.Host.Administration.Configuration;

/// <summary>
/// Organizations as a file describes them. All values are texts here, whatever YAML would take them for: what they must be is known where they
/// are sent to.
/// </summary>
internal static class ConfigurationFile
{
    private const int DepthMax = 32;

    /// <summary>The organizations of a file, in its order.</summary>
    /// <exception cref="SettingException">What to change, and in which line.</exception>
    public static List<JsonObject> Read(string path)
    {
        try
        {
            using var text = path == "-" ? Console.In : new StreamReader(path);
            return Read(text, path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"{path} can't be read: {failure.Message}");
        }
    }

    public static List<JsonObject> Read(TextReader text, string name)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(text);
        }
        catch (YamlException broken)
        {
            throw new SettingException($"{name}:{broken.Start.Line}: {broken.Message}");
        }

        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
            throw new SettingException($"{name} wants one document, with organizations in it");
        var read = Convert(root, name, Schema.File, 0);
        return [.. (read["organizations"] as JsonArray ?? []).Select(one => (JsonObject)one!)];
    }

    /// <summary>Members without a value are left out.</summary>
    public static string Write(IEnumerable<JsonObject> organizations) => new SerializerBuilder().WithQuotingNecessaryStrings().WithIndentedSequences().Build()
        .Serialize(new Dictionary<string, object?> { ["organizations"] = organizations.Select(ToPlain).ToList() });

    private static JsonObject Convert(YamlMappingNode node, string name, Schema schema, int depth)
    {
        var read = new JsonObject();
        foreach (var (key, value) in node.Children)
        {
            var member = ((YamlScalarNode)key).Value ?? "";
            var place = $"{name}:{key.Start.Line}";
            if (!schema.Takes(member))
                throw new SettingException($"{place}: there is no {member} here; {schema.Name} has {string.Join(", ", schema.Members)}");
            read[member] = Convert(value, name, schema.Of(member), place, depth + 1);
        }

        return read;
    }

    private static JsonNode? Convert(YamlNode node, string name, Schema schema, string place, int depth)
    {
        if (depth > DepthMax)
            throw new SettingException($"{place}: this is nested too deep");
        return node switch
        {
            YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" } => null,
            YamlScalarNode scalar when schema.IsValue => JsonValue.Create(scalar.Value ?? ""),
            YamlSequenceNode list when schema.IsList => new JsonArray([.. list.Children.Select(item => Convert(item, name, schema.Item, place, depth + 1))]),
            YamlMappingNode mapping when schema is { IsList: false, IsValue: false } => Convert(mapping, name, schema, depth),
            _ => throw new SettingException($"{place}: this wants {schema.Wanted}"),
        };
    }

    private static object? ToPlain(JsonNode? node) => node switch
    {
        JsonObject mapping => mapping.ToDictionary(pair => pair.Key, pair => ToPlain(pair.Value)),
        JsonArray list => list.Select(ToPlain).ToList(),
        null => null,
        _ => node.GetValue<string>(),
    };
}

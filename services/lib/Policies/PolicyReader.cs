using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mailstead.Policies;

/// <summary>Reads policy documents. What is wrong is said in one sentence.</summary>
public static partial class PolicyReader
{
    private const int CharactersMax = 32_768;
    private const int DepthMax = 16;

    private static readonly string[] Members =
        ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"];

    private static readonly string[] PrincipalKinds = ["AWS", "Service", "Federated", "CanonicalUser"];

    /// <summary>A policy of a user, group or role: about whoever has it, so that it names no principal.</summary>
    /// <exception cref="FormatException">What to change.</exception>
    public static PolicyDocument ReadIdentityPolicy(string json) => Read(json, Kind.Identity);

    /// <summary>Who may take a role: it names principals and no resource.</summary>
    /// <exception cref="FormatException">What to change.</exception>
    public static PolicyDocument ReadTrustPolicy(string json) => Read(json, Kind.Trust);

    /// <summary>Who may do what with the resource that has it: it names principals and resources.</summary>
    /// <exception cref="FormatException">What to change.</exception>
    public static PolicyDocument ReadResourcePolicy(string json) => Read(json, Kind.Resource);

    private static PolicyDocument Read(string json, Kind kind)
    {
        if (json.Length > CharactersMax)
            throw new FormatException($"A policy has at most {CharactersMax} characters");
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthMax });
            return ReadDocument(document.RootElement, kind);
        }
        catch (JsonException broken)
        {
            throw new FormatException("The policy is not valid JSON: " + broken.Message, broken);
        }
    }

    private static PolicyDocument ReadDocument(JsonElement root, Kind kind)
    {
        Require(root.ValueKind == JsonValueKind.Object, "A policy is an object");
        foreach (var member in root.EnumerateObject())
            Require(member.Name is "Version" or "Id" or "Statement", $"A policy has no member {member.Name}");
        var version = root.TryGetProperty("Version", out var given) ? TextOf(given, "Version") : "2008-10-17";
        Require(version is "2012-10-17" or "2008-10-17", "Version is 2012-10-17 or 2008-10-17");
        Require(root.TryGetProperty("Statement", out var statements), "A policy needs a Statement");
        var read = ItemsOf(statements).Select(statement => ReadStatement(statement, kind)).ToList();
        Require(read.Count > 0, "A policy needs a Statement");
        var sids = read.Select(statement => statement.Sid).Where(sid => sid.Length > 0).ToList();
        Require(sids.Distinct().Count() == sids.Count, "Each Sid of a policy is another");
        return new PolicyDocument(version == "2012-10-17", read);
    }

    private static PolicyStatement ReadStatement(JsonElement json, Kind kind)
    {
        Require(json.ValueKind == JsonValueKind.Object, "A Statement is an object");
        foreach (var member in json.EnumerateObject())
            Require(Members.Contains(member.Name), $"A Statement has no member {member.Name}");
        var effect = json.TryGetProperty("Effect", out var given) ? TextOf(given, "Effect") : "";
        Require(effect is "Allow" or "Deny", "Effect is Allow or Deny");
        var (actions, isNotAction) = ReadPair(json, "Action", "NotAction");
        foreach (var action in actions)
            Require(ActionPattern().IsMatch(action), $"{action} is no action such as workmail:ListUsers");
        var hasPrincipal = json.TryGetProperty("Principal", out var principal);
        Require(hasPrincipal == kind is not Kind.Identity, hasPrincipal ? "A policy of an identity names no Principal" : $"A {WordOf(kind)} policy names a Principal");
        var hasResource = json.TryGetProperty("Resource", out _) || json.TryGetProperty("NotResource", out _);
        Require(hasResource == kind is not Kind.Trust, hasResource ? "A trust policy names no Resource" : "A Statement needs Resource or NotResource");
        var (resources, isNotResource) = kind == Kind.Trust ? ([], false) : ReadPair(json, "Resource", "NotResource");
        foreach (var resource in resources)
            Require(resource.Contains('*', StringComparison.Ordinal) || resource.StartsWith("arn:", StringComparison.Ordinal), $"{resource} is no ARN, nor a pattern of ARNs");
        return new PolicyStatement
        {
            Sid = json.TryGetProperty("Sid", out var sid) ? TextOf(sid, "Sid") : "",
            IsAllow = effect == "Allow",
            Actions = actions,
            IsNotAction = isNotAction,
            Resources = resources,
            IsNotResource = isNotResource,
            Principals = hasPrincipal ? ReadPrincipals(principal) : new Dictionary<string, IReadOnlyList<string>>(),
            Conditions = json.TryGetProperty("Condition", out var conditions) ? [.. ReadConditions(conditions)] : [],
        };
    }

    private static string WordOf(Kind kind) => kind == Kind.Trust ? "trust" : "resource's";

    private static (IReadOnlyList<string> Values, bool IsNot) ReadPair(JsonElement json, string name, string negated)
    {
        var (has, hasNot) = (json.TryGetProperty(name, out var values), json.TryGetProperty(negated, out var others));
        Require(has != hasNot, $"A Statement needs either {name} or {negated}");
        var read = ValuesOf(has ? values : others, has ? name : negated);
        Require(read.Count > 0, $"{(has ? name : negated)} names at least one");
        return (read, hasNot);
    }

    private static Dictionary<string, IReadOnlyList<string>> ReadPrincipals(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String)
        {
            Require(json.GetString() == "*", "A Principal is \"*\" or an object");
            return new Dictionary<string, IReadOnlyList<string>> { ["*"] = ["*"] };
        }

        Require(json.ValueKind == JsonValueKind.Object, "A Principal is \"*\" or an object");
        var principals = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var kind in json.EnumerateObject())
        {
            Require(PrincipalKinds.Contains(kind.Name), $"{kind.Name} is no kind of principal; kinds are {string.Join(", ", PrincipalKinds)}");
            principals[kind.Name] = ValuesOf(kind.Value, kind.Name);
        }

        Require(principals.Count > 0, "A Principal names at least one");
        return principals;
    }

    private static IEnumerable<PolicyCondition> ReadConditions(JsonElement json)
    {
        Require(json.ValueKind == JsonValueKind.Object, "A Condition is an object of operators");
        foreach (var operation in json.EnumerateObject())
        {
            var found = ConditionOperator.Find(operation.Name) ?? throw new FormatException($"{operation.Name} is no condition operator");
            Require(operation.Value.ValueKind == JsonValueKind.Object, $"{operation.Name} is an object of condition keys");
            foreach (var key in operation.Value.EnumerateObject())
                yield return new PolicyCondition(found, key.Name, ValuesOf(key.Value, key.Name));
        }
    }

    private static IReadOnlyList<string> ValuesOf(JsonElement json, string name) => [.. ItemsOf(json).Select(value => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => value.GetRawText(),
        _ => throw new FormatException($"{name} is a text or a list of texts"),
    })];

    private static List<JsonElement> ItemsOf(JsonElement json) => json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : [json];

    private static string TextOf(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.String ? json.GetString()! : throw new FormatException($"{name} is a text");

    private static void Require(bool isSo, string otherwise)
    {
        if (!isSo)
            throw new FormatException(otherwise);
    }

    [GeneratedRegex(@"^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)\z")]
    private static partial Regex ActionPattern();

    private enum Kind
    {
        Identity,
        Trust,
        Resource,
    }
}

using System.Text.Json.Nodes;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host.Administration.Configuration;

/// <summary>What is to be done about domains, tags, rules, gateways and policies of an organization.</summary>
internal sealed class SettingChanges(OrganizationApi api, EntityIds ids, JsonObject current, JsonObject desired, bool prunes)
{
    /// <summary>Before users get addresses in them.</summary>
    public IEnumerable<Change> OfDomains()
    {
        var now = Rows(current, "domains").ToDictionary(row => Text(row, "name"), StringComparer.OrdinalIgnoreCase);
        foreach (var wanted in Rows(desired, "domains"))
        {
            var name = Text(wanted, "name");
            var known = now.GetValueOrDefault(name);
            JsonObject Input() => new() { ["domainName"] = name };
            if (known is null)
                yield return new Change('+', $"domain {name}", () => api.CallAsync("RegisterMailDomain", Input()));
            if (IsTrue(wanted, "default") && (known is null || !IsTrue(known, "default")))
                yield return new Change('~', $"default domain {name}", () => api.CallAsync("UpdateDefaultMailDomain", Input()));
            var (sender, before) = (Text(wanted, "mailFromDomain"), known is null ? "" : Text(known, "mailFromDomain"));
            if (sender != before && wanted.ContainsKey("mailFromDomain"))
            {
                yield return new Change('~', $"domain {name}: MAIL FROM '{before}' -> '{sender}'", () => sender.Length == 0
                    ? api.CallAsync("DeleteMailFromDomain", Input())
                    : api.CallAsync("PutMailFromDomain", new JsonObject { ["domainName"] = name, ["mailFromDomain"] = sender }));
            }
        }
    }

    public IEnumerable<Change> OfRules() =>
    [
        .. OfTags(),
        .. OfList(new("accessControlRules", "access control rule", "PutAccessControlRule", "DeleteAccessControlRule"), ToAccessRule),
        .. OfList(
            new("mobileDeviceAccessRules", "mobile device access rule", "CreateMobileDeviceAccessRule", "DeleteMobileDeviceAccessRule")
            {
                Update = "UpdateMobileDeviceAccessRule",
                IdMember = "mobileDeviceAccessRuleId",
            },
            row => Without(row)),
        .. OfList(new("smtpGateways", "gateway", "PutSmtpGateway", "DeleteSmtpGateway"), ToGateway),
        .. OfList(new("mailFlowRules", "mail-flow rule", "PutMailFlowRule", "DeleteMailFlowRule") { Key = ["direction", "name"] }, row => Without(row)),
        .. OfOne("journaling", "PutJournaling", value => value, "DeleteJournaling"),
        .. OfOne("mobileDevicePolicy", "PutMobileDevicePolicy", value => new JsonObject { ["policy"] = value }, null),
        .. OfOne("retentionPolicy", "PutRetentionPolicy", WithId, null),
        .. OfDmarc(),
    ];

    private JsonObject ToAccessRule(JsonObject row)
    {
        var input = Without(row, "users", "notUsers");
        input["description"] ??= "";
        input["userIds"] = ToIds(row, "users");
        input["notUserIds"] = ToIds(row, "notUsers");
        return input;
    }

    private static JsonObject ToGateway(JsonObject row)
    {
        var input = Without(row, "passwordEnv");
        if (row["passwordEnv"]?.GetValue<string>() is { } variable)
        {
            input["password"] = Environment.GetEnvironmentVariable(variable)
                ?? throw new SettingException($"The variable {variable}, the password of gateway {Text(row, "name")}, is not set");
        }

        return input;
    }

    private IEnumerable<Change> OfTags()
    {
        var now = current["tags"] as JsonObject ?? [];
        var wanted = desired["tags"] as JsonObject ?? [];
        async Task<string> ArnAsync() => Text(await api.CallAsync("DescribeOrganization").ConfigureAwait(false), "arn");
        foreach (var (key, value) in wanted.Where(pair => Text(now, pair.Key) != (pair.Value?.GetValue<string>() ?? "") || !now.ContainsKey(pair.Key)))
        {
            var text = value?.GetValue<string>() ?? "";
            yield return new Change(now.ContainsKey(key) ? '~' : '+', $"tag {key}={text}", async () => await api.CallAsync("TagResource", new JsonObject
            {
                ["resourceArn"] = await ArnAsync().ConfigureAwait(false),
                ["tags"] = new JsonArray(new JsonObject { ["key"] = key, ["value"] = text }),
            }).ConfigureAwait(false));
        }

        foreach (var key in now.Select(pair => pair.Key).Where(key => prunes && desired.ContainsKey("tags") && !wanted.ContainsKey(key)))
        {
            yield return new Change('-', $"tag {key}", async () => await api.CallAsync("UntagResource", new JsonObject
            {
                ["resourceArn"] = await ArnAsync().ConfigureAwait(false),
                ["tagKeys"] = new JsonArray(key),
            }).ConfigureAwait(false));
        }
    }

    private IEnumerable<Change> OfList(SettingList list, Func<JsonObject, JsonObject> toInput)
    {
        string KeyOf(JsonObject row) => string.Join(' ', list.Key.Select(member => Text(row, member)));
        JsonObject ToKey(JsonObject row) => list.IdMember is null
            ? new JsonObject(list.Key.Select(member => KeyValuePair.Create(member, row[member]?.DeepClone())))
            : new JsonObject { [list.IdMember] = ids.Require(list.Word, Text(row, "name")) };
        var now = Rows(current, list.Section).ToDictionary(KeyOf);
        var wanted = Rows(desired, list.Section).ToDictionary(KeyOf);
        foreach (var (key, row) in wanted)
        {
            if (!now.TryGetValue(key, out var before))
                yield return new Change('+', $"{list.Word} {key}", () => api.CallAsync(list.Put, toInput(row)));
            else if (!IsSame(Without(row, "passwordEnv"), before))
            {
                yield return new Change('~', $"{list.Word} {key}", () => api.CallAsync(
                    list.Update ?? list.Put, list.Update is null ? toInput(row) : Merge(toInput(row), ToKey(row))));
            }
        }

        foreach (var (key, row) in now.Where(pair => prunes && desired.ContainsKey(list.Section) && !wanted.ContainsKey(pair.Key)))
            yield return new Change('-', $"{list.Word} {key}", () => api.CallAsync(list.Delete, ToKey(row)));
    }

    private IEnumerable<Change> OfOne(string section, string put, Func<JsonObject, JsonObject> toInput, string? delete)
    {
        if (!desired.ContainsKey(section))
            yield break;
        if (desired[section] is JsonObject wanted)
        {
            if (!IsSame(wanted, current[section] as JsonObject))
                yield return new Change(current[section] is null ? '+' : '~', section, () => api.CallAsync(put, toInput((JsonObject)wanted.DeepClone())));
        }
        else if (current[section] is not null && delete is not null)
        {
            yield return new Change('-', section, () => api.CallAsync(delete));
        }
    }

    private IEnumerable<Change> OfDmarc()
    {
        if (desired["inboundDmarcEnforced"]?.GetValue<string>() is { } enforced && !enforced.Equals(Text(current, "inboundDmarcEnforced"), StringComparison.OrdinalIgnoreCase))
            yield return new Change('~', $"inboundDmarcEnforced {enforced}", () => api.CallAsync("PutInboundDmarcSettings", new JsonObject { ["enforced"] = enforced }));
    }

    private JsonObject WithId(JsonObject policy)
    {
        if (ids.Knows("retention policy", Text(policy, "name")))
            policy["id"] = ids.Require("retention policy", Text(policy, "name"));
        return policy;
    }

    private JsonArray ToIds(JsonObject row, string member) =>
        new([.. (row[member] as JsonArray ?? []).Select(name => (JsonNode?)ids.Require("user", name?.GetValue<string>() ?? ""))]);

    /// <summary>The order of texts in a list is of no account, nor what is empty or false.</summary>
    private static bool IsSame(JsonNode? one, JsonNode? other) => Normal(one) == Normal(other);

    private static string Normal(JsonNode? node) => node switch
    {
        JsonObject mapping => $"{{{string.Join(',', mapping.Select(pair => (pair.Key, Value: Normal(pair.Value))).Where(pair => pair.Value.Length > 0)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{pair.Value}"))}}}",
        JsonArray { Count: 0 } or null => "",
        JsonArray list => $"[{string.Join(',', list.Select(Normal).Order(StringComparer.Ordinal))}]",
        _ => node.GetValue<string>().ToLowerInvariant() is var text && text == "false" ? "" : text,
    };

    private static JsonObject Without(JsonObject row, params string[] members) =>
        new(row.Where(pair => !members.Contains(pair.Key)).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));

    private static JsonObject Merge(JsonObject one, JsonObject other)
    {
        foreach (var (name, value) in other)
            one[name] = value?.DeepClone();
        return one;
    }

    private static IEnumerable<JsonObject> Rows(JsonObject from, string section) => (from[section] as JsonArray ?? []).OfType<JsonObject>();

    private static bool IsTrue(JsonObject row, string member) => Text(row, member).Equals("true", StringComparison.OrdinalIgnoreCase);

    private static string Text(JsonObject row, string member) => row[member]?.GetValue<string>() ?? "";

    /// <summary>A list in a file, and the operations for what is in it.</summary>
    /// <param name="Put">Makes one, and replaces it unless there is <see cref="Update"/>.</param>
    private sealed record SettingList(string Section, string Word, string Put, string Delete)
    {
        public string? Update { get; init; }

        /// <summary>What tells one from the others.</summary>
        public string[] Key { get; init; } = ["name"];

        /// <summary>Where the API wants an id for it.</summary>
        public string? IdMember { get; init; }
    }
}

using System.Text.Json.Nodes;

namespace Mailstead.Host.Administration.Configuration;

/// <summary>Describes an organization as it is now, in the words of the file, and remembers the ids of who is in it.</summary>
internal sealed class OrganizationReader(OrganizationApi api)
{
    private const int AtOnce = 8;
    private const string Deleted = "DELETED";

    /// <summary>Of users, groups and resources by name; names of all of them by id.</summary>
    public EntityIds Ids { get; } = new();

    /// <param name="sections">Null: all.</param>
    public async Task<JsonObject> ReadAsync(string alias, IReadOnlySet<string>? sections)
    {
        bool Wants(string section) => sections is null || sections.Contains(section);
        var described = new JsonObject { ["alias"] = alias };
        if (Wants("tags"))
            described["tags"] = await ReadTagsAsync().ConfigureAwait(false);
        if (Wants("domains"))
            described["domains"] = await ReadDomainsAsync().ConfigureAwait(false);
        // Names are needed for whoever is named by others, too.
        var rows = new Dictionary<EntityKind, List<JsonObject>>();
        foreach (var kind in EntityKind.All)
        {
            rows[kind] = [.. (await api.ListAsync($"List{kind.Noun}s", $"{kind.Noun}s").ConfigureAwait(false)).Where(row => Text(row, "state") != Deleted)];
            rows[kind].ForEach(row => Ids.Add(kind.Word, Text(row, "name"), Text(row, "id")));
        }

        foreach (var kind in EntityKind.All.Where(kind => Wants(kind.Section)))
            described[kind.Section] = await ReadAllAsync(kind, rows[kind]).ConfigureAwait(false);
        await ReadSettingsAsync(described, Wants).ConfigureAwait(false);
        return described;
    }

    private async Task<JsonObject> ReadTagsAsync()
    {
        var arn = Text(await api.CallAsync("DescribeOrganization").ConfigureAwait(false), "arn");
        var tags = await api.ListAsync("ListTagsForResource", "Tags", new JsonObject { ["resourceArn"] = arn }).ConfigureAwait(false);
        return new JsonObject(tags.Select(tag => KeyValuePair.Create(Text(tag, "key"), (JsonNode?)Text(tag, "value"))));
    }

    private async Task<JsonArray> ReadDomainsAsync()
    {
        var domains = new JsonArray();
        foreach (var row in await api.ListAsync("ListMailDomains", "MailDomains").ConfigureAwait(false))
        {
            var name = Text(row, "domainName");
            var domain = new JsonObject { ["name"] = name };
            if (Text(row, "defaultDomain") == "true")
                domain["default"] = "true";
            var records = await api.CallAsync("ListMailDomainRecords", new JsonObject { ["domainName"] = name, ["cached"] = "true" }).ConfigureAwait(false);
            if (records["mailFromDomain"] is { } sender)
                domain["mailFromDomain"] = sender.DeepClone();
            domains.Add(domain);
        }

        return domains;
    }

    private async Task<JsonArray> ReadAllAsync(EntityKind kind, List<JsonObject> rows)
    {
        var described = new JsonObject?[rows.Count];
        await Parallel.ForAsync(
            0, rows.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (number, _) => described[number] = await ReadAsync(kind, Text(rows[number], "id")).ConfigureAwait(false)).ConfigureAwait(false);
        return new JsonArray([.. described.OrderBy(entity => Text(entity!, "name"), StringComparer.Ordinal)]);
    }

    private async Task<JsonObject> ReadAsync(EntityKind kind, string id)
    {
        var answer = await api.CallAsync($"Describe{kind.Noun}", new JsonObject { [OrganizationApi.Camel(kind.IdMember)] = id }).ConfigureAwait(false);
        var entity = new JsonObject { ["name"] = Text(answer, "name") };
        foreach (var member in kind.Members)
        {
            // What was never said is not said here.
            if ((answer[member] ?? (member == "role" ? answer["userRole"] : null)) is { } value && !(value is JsonValue && value.GetValue<string>() is "" or "false"))
                entity[member] = value.DeepClone();
        }

        if (kind.Inside is { } inside)
        {
            var members = await api.ListAsync(inside.List, inside.Answer, new JsonObject { [OrganizationApi.Camel(kind.IdMember)] = id }).ConfigureAwait(false);
            AddNames(entity, inside.Section, members.Where(member => Text(member, "state") != Deleted).Select(member => Text(member, "id")));
        }

        if (Text(answer, "state") != "ENABLED")
            return entity;
        entity["email"] = Text(answer, "email");
        var aliases = await api.ListAsync("ListAliases", "Aliases", new JsonObject { ["entityId"] = id }).ConfigureAwait(false);
        if (aliases.Count > 0)
            entity["aliases"] = new JsonArray([.. aliases.Select(alias => alias["value"]!.DeepClone())]);
        if (kind == EntityKind.Users && Text(answer, "userRole") is "USER" or "")
            entity["mailboxQuota"] = Text(await api.CallAsync("GetMailboxDetails", new JsonObject { ["userId"] = id }).ConfigureAwait(false), "mailboxQuota");
        var permissions = await api.ListAsync("ListMailboxPermissions", "Permissions", new JsonObject { ["entityId"] = id }).ConfigureAwait(false);
        if (permissions.Count > 0)
        {
            entity["permissions"] = new JsonArray([.. permissions.Select(permission => new JsonObject
            {
                ["grantee"] = Ids.NameOf(Text(permission, "granteeId")),
                ["permissions"] = permission["permissionValues"]!.DeepClone(),
            })]);
        }

        return entity;
    }

    private async Task ReadSettingsAsync(JsonObject described, Func<string, bool> wants)
    {
        if (wants("accessControlRules"))
        {
            var rules = await api.ListAsync("ListAccessControlRules", "Rules").ConfigureAwait(false);
            foreach (var rule in rules)
            {
                AddNames(rule, "users", Values(rule, "userIds"));
                AddNames(rule, "notUsers", Values(rule, "notUserIds"));
            }

            described["accessControlRules"] = Strip(rules, "userIds", "notUserIds");
        }

        if (wants("mobileDeviceAccessRules"))
        {
            var rules = await api.ListAsync("ListMobileDeviceAccessRules", "Rules").ConfigureAwait(false);
            rules.ForEach(rule => Ids.Add("mobile device access rule", Text(rule, "name"), Text(rule, "mobileDeviceAccessRuleId")));
            described["mobileDeviceAccessRules"] = Strip(rules, "mobileDeviceAccessRuleId");
        }

        if (wants("smtpGateways"))
            described["smtpGateways"] = Strip(await api.ListAsync("ListSmtpGateways", "Gateways").ConfigureAwait(false));
        if (wants("mailFlowRules"))
            described["mailFlowRules"] = Strip(await api.ListAsync("ListMailFlowRules", "Rules").ConfigureAwait(false));
        if (wants("journaling") && await api.CallAsync("DescribeJournaling").ConfigureAwait(false) is var journaling && Text(journaling, "enabled") == "true")
            described["journaling"] = Strip([journaling], "enabled")[0]!.DeepClone();
        if (wants("mobileDevicePolicy"))
            described["mobileDevicePolicy"] = (await api.CallAsync("DescribeMobileDevicePolicy").ConfigureAwait(false))["policy"]?.DeepClone();
        if (wants("inboundDmarcEnforced"))
            described["inboundDmarcEnforced"] = Text(await api.CallAsync("DescribeInboundDmarcSettings").ConfigureAwait(false), "enforced");
        if (wants("retentionPolicy") && await FindRetentionAsync().ConfigureAwait(false) is { } policy)
        {
            Ids.Add("retention policy", Text(policy, "name"), Text(policy, "id"));
            described["retentionPolicy"] = Strip([policy], "id")[0]!.DeepClone();
        }
    }

    private async Task<JsonObject?> FindRetentionAsync()
    {
        try
        {
            return await api.CallAsync("GetDefaultRetentionPolicy").ConfigureAwait(false);
        }
        catch (AdminRefusedException none) when (none.Message.StartsWith("EntityNotFoundException", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private void AddNames(JsonObject entity, string section, IEnumerable<string> ids)
    {
        var names = ids.Select(Ids.NameOf).Order(StringComparer.Ordinal).Select(name => (JsonNode?)name).ToArray();
        if (names.Length > 0)
            entity[section] = new JsonArray(names);
    }

    /// <summary>Without dates, what is empty, and what files have no use for.</summary>
    private static JsonArray Strip(IEnumerable<JsonObject> rows, params string[] without) => new([.. rows.Select(row => new JsonObject(row
        .Where(pair => !pair.Key.StartsWith("date", StringComparison.Ordinal) && !without.Contains(pair.Key) && pair.Value is not JsonArray { Count: 0 }
            && !(pair.Value is JsonValue && pair.Value.GetValue<string>().Length == 0))
        .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))))]);

    private static IEnumerable<string> Values(JsonObject row, string member) => (row[member] as JsonArray ?? []).Select(value => value!.GetValue<string>());

    private static string Text(JsonObject row, string member) => row[member]?.GetValue<string>() ?? "";
}

using System.Text.Json.Nodes;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host.Administration.Configuration;

/// <summary>What is to be done about users, groups and resources: first all are made, then they get addresses, then they name each other.</summary>
internal sealed class EntityChanges(OrganizationApi api, EntityIds ids, JsonObject current, JsonObject desired, bool prunes)
{
    public IEnumerable<Change> Create() =>
    [
        .. Each((kind, wanted, now) => OfItself(kind, wanted, now)),
        .. Each((kind, wanted, now) => OfAddresses(kind, wanted, now)),
        .. Each((kind, wanted, now) => OfInside(kind, wanted, now)),
        .. Each((kind, wanted, now) => OfPermissions(kind, wanted, now)),
        .. prunes ? EntityKind.All.Reverse().SelectMany(Removals) : [],
    ];

    private IEnumerable<Change> Each(Func<EntityKind, JsonObject, JsonObject?, IEnumerable<Change>> changes) =>
        from kind in EntityKind.All
        from wanted in Rows(desired, kind.Section)
        from change in changes(kind, wanted, Find(kind, Name(wanted)))
        select change;

    private IEnumerable<Change> OfItself(EntityKind kind, JsonObject wanted, JsonObject? now)
    {
        var name = Name(wanted);
        if (now is null)
        {
            yield return new Change('+', $"{kind.Word} {name}", async () =>
            {
                var input = Pick(wanted, ["name", .. kind.CreationMembers]);
                if (kind == EntityKind.Users)
                {
                    input["displayName"] ??= name;
                    if (wanted["passwordEnv"]?.GetValue<string>() is { } variable)
                        input["password"] = FromEnvironment(variable, name);
                }

                var made = await api.CallAsync($"Create{kind.Noun}", input).ConfigureAwait(false);
                ids.Add(kind.Word, name, made[OrganizationApi.Camel(kind.IdMember)]!.GetValue<string>());
                var more = Pick(wanted, [.. kind.Members.Except(kind.CreationMembers)]);
                if (more.Count > 0)
                    await UpdateAsync(kind, name, more).ConfigureAwait(false);
            });
            yield break;
        }

        var changed = Pick(wanted, [.. kind.Members.Where(member => wanted.ContainsKey(member) && !IsSame(member, wanted[member], now[member]))]);
        if (changed.Count > 0)
            yield return new Change('~', $"{kind.Word} {name}: {Describe(changed, now)}", () => UpdateAsync(kind, name, changed));
    }

    private Task<JsonObject> UpdateAsync(EntityKind kind, string name, JsonObject members)
    {
        var input = (JsonObject)members.DeepClone();
        input[OrganizationApi.Camel(kind.IdMember)] = ids.Require(kind.Word, name);
        return api.CallAsync($"Update{kind.Noun}", input);
    }

    private IEnumerable<Change> OfAddresses(EntityKind kind, JsonObject wanted, JsonObject? now)
    {
        var who = $"{kind.Word} {Name(wanted)}";
        var (email, before) = (Text(wanted, "email"), now is null ? "" : Text(now, "email"));
        JsonObject Input(string member, string value) => new() { ["entityId"] = ids.Require(kind.Word, Name(wanted)), [member] = value };
        if (email.Length > 0 && before.Length == 0)
            yield return new Change('+', $"{who}: address {email}", () => api.CallAsync("RegisterToWorkMail", Input("email", email)));
        if (email.Length > 0 && before.Length > 0 && !email.Equals(before, StringComparison.OrdinalIgnoreCase))
            yield return new Change('~', $"{who}: address {before} -> {email}", () => api.CallAsync("UpdatePrimaryEmailAddress", Input("email", email)));
        if (wanted.ContainsKey("email") && email.Length == 0 && before.Length > 0)
        {
            yield return new Change('-', $"{who}: address {before}", () => api.CallAsync(
                "DeregisterFromWorkMail", new JsonObject { ["entityId"] = ids.Require(kind.Word, Name(wanted)) }));
        }

        if (wanted["mailboxQuota"]?.GetValue<string>() is { } quota && quota != (now is null ? "" : Text(now, "mailboxQuota")))
        {
            yield return new Change('~', $"{who}: quota {quota} MB", () => api.CallAsync(
                "UpdateMailboxQuota", new JsonObject { ["userId"] = ids.Require(kind.Word, Name(wanted)), ["mailboxQuota"] = quota }));
        }

        var (aliases, had) = (Lower(wanted, "aliases"), now is null ? [] : Lower(now, "aliases"));
        foreach (var alias in aliases.Except(had))
            yield return new Change('+', $"{who}: alias {alias}", () => api.CallAsync("CreateAlias", Input("alias", alias)));
        foreach (var alias in Surplus(wanted, "aliases", had.Except(aliases)))
            yield return new Change('-', $"{who}: alias {alias}", () => api.CallAsync("DeleteAlias", Input("alias", alias)));
    }

    private IEnumerable<Change> OfInside(EntityKind kind, JsonObject wanted, JsonObject? now)
    {
        if (kind.Inside is not { } inside)
            yield break;
        var who = $"{kind.Word} {Name(wanted)}";
        var (members, had) = (Lower(wanted, inside.Section), now is null ? [] : Lower(now, inside.Section));
        JsonObject Input(string member) => new()
        {
            [OrganizationApi.Camel(kind.IdMember)] = ids.Require(kind.Word, Name(wanted)),
            [OrganizationApi.Camel(inside.IdMember)] = ids.RequireEntity(member),
        };
        foreach (var member in members.Except(had))
            yield return new Change('+', $"{who}: {inside.Section} {member}", () => api.CallAsync(inside.Add, Input(member)));
        foreach (var member in Surplus(wanted, inside.Section, had.Except(members)))
            yield return new Change('-', $"{who}: {inside.Section} {member}", () => api.CallAsync(inside.Remove, Input(member)));
    }

    private IEnumerable<Change> OfPermissions(EntityKind kind, JsonObject wanted, JsonObject? now)
    {
        var who = $"{kind.Word} {Name(wanted)}";
        var had = Rows(now ?? [], "permissions").ToDictionary(row => Text(row, "grantee").ToLowerInvariant(), row => Lower(row, "permissions").Order().ToList());
        var given = Rows(wanted, "permissions").ToList();
        JsonObject Input(string grantee) => new() { ["entityId"] = ids.Require(kind.Word, Name(wanted)), ["granteeId"] = ids.RequireEntity(grantee) };
        foreach (var permission in given)
        {
            var grantee = Text(permission, "grantee");
            if (had.GetValueOrDefault(grantee.ToLowerInvariant())?.SequenceEqual(Lower(permission, "permissions").Order()) == true)
                continue;
            var sign = had.ContainsKey(grantee.ToLowerInvariant()) ? '~' : '+';
            yield return new Change(sign, $"{who}: {grantee} may {string.Join(", ", Values(permission, "permissions"))}", () =>
            {
                var input = Input(grantee);
                input["permissionValues"] = permission["permissions"]?.DeepClone();
                return api.CallAsync("PutMailboxPermissions", input);
            });
        }

        foreach (var grantee in Surplus(wanted, "permissions", had.Keys.Except(given.Select(row => Text(row, "grantee").ToLowerInvariant()))))
            yield return new Change('-', $"{who}: permissions of {grantee}", () => api.CallAsync("DeleteMailboxPermissions", Input(grantee)));
    }

    private IEnumerable<Change> Removals(EntityKind kind)
    {
        if (!desired.ContainsKey(kind.Section))
            return [];
        var wanted = Rows(desired, kind.Section).Select(row => Name(row).ToLowerInvariant()).ToHashSet();
        return Rows(current, kind.Section).Where(row => !wanted.Contains(Name(row).ToLowerInvariant()))
            .Select(row => new Change('-', $"{kind.Word} {Name(row)}", () => RemoveAsync(kind, row)));
    }

    private async Task RemoveAsync(EntityKind kind, JsonObject row)
    {
        var id = ids.Require(kind.Word, Name(row));
        if (Text(row, "email").Length > 0)
            await api.CallAsync("DeregisterFromWorkMail", new JsonObject { ["entityId"] = id }).ConfigureAwait(false);
        await api.CallAsync($"Delete{kind.Noun}", new JsonObject { [OrganizationApi.Camel(kind.IdMember)] = id }).ConfigureAwait(false);
    }

    /// <summary>What a file does not speak of is left alone, and nothing is removed unless that is asked for.</summary>
    private IEnumerable<string> Surplus(JsonObject wanted, string section, IEnumerable<string> surplus) =>
        prunes && wanted.ContainsKey(section) ? surplus : [];

    private JsonObject? Find(EntityKind kind, string name) =>
        Rows(current, kind.Section).FirstOrDefault(row => Name(row).Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>What was never said of somebody is empty, false, or the role USER.</summary>
    private static bool IsSame(string member, JsonNode? wanted, JsonNode? now)
    {
        if (wanted is JsonObject nested)
            return nested.All(pair => IsSame(pair.Key, pair.Value, now?[pair.Key]));
        var text = wanted?.GetValue<string>() ?? "";
        var isWord = member == "role" || text.ToLowerInvariant() is "true" or "false";
        var unsaid = member == "role" ? "USER" : isWord ? "false" : "";
        return text.Equals(now?.GetValue<string>() ?? unsaid, isWord ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
    }

    private static string Describe(JsonObject changed, JsonObject now) => string.Join(", ", changed.Select(pair =>
        pair.Value is JsonObject ? pair.Key : $"{pair.Key} '{(now[pair.Key] as JsonValue)?.GetValue<string>()}' -> '{pair.Value?.GetValue<string>()}'"));

    private static JsonObject Pick(JsonObject from, string[] members) =>
        new(members.Where(from.ContainsKey).Select(member => KeyValuePair.Create(member, from[member]?.DeepClone())));

    private static string FromEnvironment(string variable, string name) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
        ? value
        : throw new SettingException($"The variable {variable}, the password of {name}, is not set");

    private static IEnumerable<JsonObject> Rows(JsonObject from, string section) => (from[section] as JsonArray ?? []).OfType<JsonObject>();

    private static IEnumerable<string> Values(JsonObject row, string member) => (row[member] as JsonArray ?? []).Select(value => value?.GetValue<string>() ?? "");

    private static List<string> Lower(JsonObject row, string member) => [.. Values(row, member).Select(value => value.ToLowerInvariant())];

    private static string Name(JsonObject row) => Text(row, "name") is { Length: > 0 } name ? name : throw new SettingException("Each user, group and resource has a name");

    private static string Text(JsonObject row, string member) => row[member]?.GetValue<string>() ?? "";
}

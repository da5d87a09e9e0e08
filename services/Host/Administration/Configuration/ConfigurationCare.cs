using System.Diagnostics;
using System.Text.Json.Nodes;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host.Administration.Configuration;

/// <summary>Brings organizations to what a file describes, the plan shown first, and describes what there is.</summary>
internal static class ConfigurationCare
{
    private static readonly TimeSpan CreationPatience = TimeSpan.FromMinutes(2);

    /// <summary>0: all is as described; 1: a step was refused, and standard error says which; 3: nobody answers.</summary>
    public static async Task<int> RunAsync(ConfigurationCall call)
    {
        using var client = new AdminClient(call.Place, TimeProvider.System);
        try
        {
            return call is ConfigurationCall.Apply apply
                ? await ApplyAsync(client, apply).ConfigureAwait(false)
                : await ExportAsync(client, (ConfigurationCall.Export)call).ConfigureAwait(false);
        }
        catch (AdminRefusedException refused)
        {
            await Console.Error.WriteLineAsync("mailstead: " + refused.Message).ConfigureAwait(false);
            return 1;
        }
        catch (HttpRequestException unreachable)
        {
            await Console.Error.WriteLineAsync("mailstead: the installation can't be reached: " + unreachable.Message).ConfigureAwait(false);
            return 3;
        }
    }

    private static async Task<int> ExportAsync(AdminClient client, ConfigurationCall.Export call)
    {
        var known = await ListOrganizationsAsync(client).ConfigureAwait(false);
        var described = new List<JsonObject>();
        foreach (var alias in call.Organizations.Count > 0 ? call.Organizations : [.. known.Keys.Order(StringComparer.Ordinal)])
        {
            var id = known.GetValueOrDefault(alias) ?? throw new SettingException($"--organization is '{alias}'; there is no organization of this alias");
            described.Add(await new OrganizationReader(new OrganizationApi(client, id)).ReadAsync(alias, null).ConfigureAwait(false));
        }

        await Console.Out.WriteAsync(ConfigurationFile.Write(described)).ConfigureAwait(false);
        return 0;
    }

    private static async Task<int> ApplyAsync(AdminClient client, ConfigurationCall.Apply call)
    {
        var wanted = ConfigurationFile.Read(call.File);
        var known = await ListOrganizationsAsync(client).ConfigureAwait(false);
        var changes = new List<Change>();
        foreach (var organization in wanted)
        {
            var alias = organization["alias"]?.GetValue<string>() ?? throw new SettingException($"{call.File}: each organization has an alias");
            await Console.Out.WriteLineAsync($"organization {alias}").ConfigureAwait(false);
            var planned = await PlanAsync(client, organization, alias, known.GetValueOrDefault(alias), call.Prunes).ConfigureAwait(false);
            foreach (var change in planned)
                await Console.Out.WriteLineAsync("  " + change).ConfigureAwait(false);
            changes.AddRange(planned);
        }

        if (changes.Count == 0 || call.IsDryRun)
        {
            await Console.Out.WriteLineAsync(changes.Count == 0 ? "Nothing to change." : $"{changes.Count} changes; none was made.").ConfigureAwait(false);
            return 0;
        }

        if (!call.IsAgreed && !await AgreeAsync(changes.Count).ConfigureAwait(false))
            return 2;
        return await CarryOutAsync(changes).ConfigureAwait(false);
    }

    private static async Task<List<Change>> PlanAsync(AdminClient client, JsonObject wanted, string alias, string? id, bool prunes)
    {
        if (id is not null)
        {
            var api = new OrganizationApi(client, id);
            var reader = new OrganizationReader(api);
            var now = await reader.ReadAsync(alias, wanted.Select(pair => pair.Key).ToHashSet()).ConfigureAwait(false);
            return [.. Plan(api, reader.Ids, now, wanted, prunes)];
        }

        // What is in it is made with it: it is compared with what a new one comes with, once there is one.
        var shown = Plan(new OrganizationApi(client, ""), new EntityIds(), [], wanted, prunes: false)
            .Select(change => change with { RunAsync = () => Task.CompletedTask });
        return [new Change('+', $"organization {alias}", () => CreateAsync(client, wanted, alias, prunes)), .. shown];
    }

    private static async Task CreateAsync(AdminClient client, JsonObject wanted, string alias, bool prunes)
    {
        var id = await CreateAsync(client, wanted, alias).ConfigureAwait(false);
        foreach (var change in await PlanAsync(client, wanted, alias, id, prunes).ConfigureAwait(false))
        {
            try
            {
                await change.RunAsync().ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is AdminRefusedException or SettingException)
            {
                throw new SettingException($"'{change}': {failure.Message}");
            }
        }
    }

    private static IEnumerable<Change> Plan(OrganizationApi api, EntityIds ids, JsonObject now, JsonObject wanted, bool prunes)
    {
        var settings = new SettingChanges(api, ids, now, wanted, prunes);
        return [.. settings.OfDomains(), .. new EntityChanges(api, ids, now, wanted, prunes).Create(), .. settings.OfRules()];
    }

    /// <summary>The id of an organization that is active.</summary>
    private static async Task<string> CreateAsync(AdminClient client, JsonObject wanted, string alias)
    {
        var input = new JsonObject { ["Alias"] = alias };
        if (wanted["kmsKeyArn"]?.GetValue<string>() is { } key)
            input["KmsKeyArn"] = key;
        var id = (await client.CallAsync("workmail", "WorkMailService.CreateOrganization", input).ConfigureAwait(false))["OrganizationId"]!.GetValue<string>();
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < CreationPatience; await Task.Delay(TimeSpan.FromMilliseconds(200)).ConfigureAwait(false))
        {
            var state = await client.CallAsync("workmail", "WorkMailService.DescribeOrganization", new JsonObject { ["OrganizationId"] = id }).ConfigureAwait(false);
            if (state["State"]!.GetValue<string>() == "Active")
                return id;
            if (state["State"]!.GetValue<string>() == "Failed")
                throw new AdminRefusedException("OrganizationStateException", $"{alias} could not be made: {state["ErrorMessage"]?.GetValue<string>()}");
        }

        throw new AdminRefusedException("OrganizationStateException", $"{alias} is not active yet: run this again");
    }

    private static async Task<bool> AgreeAsync(int count)
    {
        if (Console.IsInputRedirected)
            throw new SettingException($"{count} changes wait for somebody's yes: add --yes, or --dry-run to see them only");
        await Console.Out.WriteAsync($"Make these {count} changes? [y/N] ").ConfigureAwait(false);
        return Console.ReadLine()?.Trim().Equals("y", StringComparison.OrdinalIgnoreCase) == true;
    }

    private static async Task<int> CarryOutAsync(List<Change> changes)
    {
        foreach (var (number, change) in changes.Index())
        {
            try
            {
                await change.RunAsync().ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is AdminRefusedException or SettingException)
            {
                await Console.Error.WriteLineAsync(
                    $"mailstead: '{change}' was refused: {failure.Message}\n"
                    + $"mailstead: {number} of {changes.Count} changes are made; run this again for the others").ConfigureAwait(false);
                return 1;
            }
        }

        await Console.Out.WriteLineAsync($"{changes.Count} changes made.").ConfigureAwait(false);
        return 0;
    }

    private static async Task<Dictionary<string, string>> ListOrganizationsAsync(AdminClient client)
    {
        var known = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var input = new JsonObject(); ;)
        {
            var page = await client.CallAsync("workmail", "WorkMailService.ListOrganizations", input).ConfigureAwait(false);
            foreach (var row in page["OrganizationSummaries"]!.AsArray().Where(row => row!["State"]!.GetValue<string>() == "Active"))
                known[row!["Alias"]!.GetValue<string>()] = row["OrganizationId"]!.GetValue<string>();
            if (page["NextToken"]?.GetValue<string>() is not { } next)
                return known;
            input["NextToken"] = next;
        }
    }
}

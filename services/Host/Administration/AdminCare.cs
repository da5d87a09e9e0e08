using System.Text.Json;
using System.Text.Json.Nodes;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host.Administration;

/// <summary>Carries out <c>mailstead admin …</c>: all pages of a list, shown as a table or as JSON.</summary>
internal static class AdminCare
{
    private const string Token = "NextToken";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>0: it was done; 1: it was refused, and standard error says why; 3: nobody answers.</summary>
    public static async Task<int> RunAsync(AdminCall call)
    {
        using var client = new AdminClient(call.Place, TimeProvider.System);
        try
        {
            if (call.Organization is { } alias)
                call.Input["OrganizationId"] = await FindOrganizationAsync(client, alias).ConfigureAwait(false);
            var answer = await CallAsync(client, call).ConfigureAwait(false);
            if (!call.IsTable)
                await Console.Out.WriteLineAsync(answer.ToJsonString(Indented)).ConfigureAwait(false);
            else if (answer.Count > 0)
                await Console.Out.WriteAsync(AdminTable.Format(answer)).ConfigureAwait(false);
            return 0;
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

    /// <summary>Whoever gives a token wants that page alone.</summary>
    private static async Task<JsonObject> CallAsync(AdminClient client, AdminCall call)
    {
        var answer = await client.CallAsync(call.SigningName, call.Target, call.Input).ConfigureAwait(false);
        if (call.Input.ContainsKey(Token) || call.Input.ContainsKey("MaxResults"))
            return answer;
        while (answer[Token]?.GetValue<string>() is { } next)
        {
            call.Input[Token] = next;
            var page = await client.CallAsync(call.SigningName, call.Target, call.Input).ConfigureAwait(false);
            answer.Remove(Token);
            foreach (var (name, value) in page.ToList())
            {
                if (value is JsonArray more && answer[name] is JsonArray list)
                    more.ToList().ForEach(item => list.Add(item?.DeepClone()));
                else
                    answer[name] = value?.DeepClone();
            }
        }

        return answer;
    }

    private static async Task<string> FindOrganizationAsync(AdminClient client, string alias)
    {
        var input = new JsonObject();
        while (true)
        {
            var page = await client.CallAsync("workmail", "WorkMailService.ListOrganizations", input).ConfigureAwait(false);
            foreach (var one in page["OrganizationSummaries"]!.AsArray())
            {
                if (one!["Alias"]!.GetValue<string>().Equals(alias, StringComparison.OrdinalIgnoreCase) && one["State"]!.GetValue<string>() != "Deleted")
                    return one["OrganizationId"]!.GetValue<string>();
            }

            input[Token] = page[Token]?.GetValue<string>() ?? throw new SettingException($"--organization is '{alias}'; there is no organization of this alias");
        }
    }
}

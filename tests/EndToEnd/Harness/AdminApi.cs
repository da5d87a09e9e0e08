using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Mailstead.EndToEnd.Harness;

/// <summary>The admin API as the AWS tools speak it (AWS JSON 1.1, Signature Version 4), for tests that need much of it fast.</summary>
internal sealed class AdminApi : IDisposable
{
    private const string SignedHeaders = "host;x-amz-date;x-amz-target";

    private readonly MailsteadServer server;
    private readonly HttpClient http;
    private readonly Dictionary<string, string> credentials;

    public AdminApi(MailsteadServer server)
    {
        this.server = server;
        http = new HttpClient { BaseAddress = new Uri(server.Http) };
        var file = File.ReadAllText(Path.Combine(server.Data, "admin-credentials.json"));
        credentials = JsonSerializer.Deserialize<Dictionary<string, string>>(file)!;
    }

    /// <param name="operation">With its service, when that is not the public API's: <c>MailsteadService.…</c>.</param>
    public async Task<JsonElement> CallAsync(string operation, object members, CancellationToken cancellationToken = default)
    {
        var body = JsonSerializer.Serialize(members);
        var time = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var target = operation.Contains('.', StringComparison.Ordinal) ? operation : $"WorkMailService.{operation}";
        var service = target.StartsWith("TrentService.", StringComparison.Ordinal) ? "kms" : "workmail";
        var scope = $"{time[..8]}/{credentials["region"]}/{service}/aws4_request";
        var canonical =
            $"POST\n/\n\nhost:{http.BaseAddress!.Authority}\nx-amz-date:{time}\nx-amz-target:{target}\n\n{SignedHeaders}\n{Hash(body)}";
        var signature = Convert.ToHexStringLower(Sign(Key(scope), $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hash(canonical)}"));

        using var request = new HttpRequestMessage(HttpMethod.Post, "/");
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-amz-json-1.1");
        request.Headers.Add("X-Amz-Date", time);
        request.Headers.Add("X-Amz-Target", target);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={credentials["accessKeyId"]}/{scope}, SignedHeaders={SignedHeaders}, Signature={signature}");
        using var answer = await http.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{operation}: {(int)answer.StatusCode} {text}\n{server.LoggedErrors}");
        return JsonDocument.Parse(text.Length == 0 ? "{}" : text).RootElement.Clone();
    }

    /// <summary>The id of the organization with this alias.</summary>
    public async Task<string> OrganizationAsync(string alias = "demo")
    {
        var organizations = (await CallAsync("ListOrganizations", new { })).GetProperty("OrganizationSummaries");
        return organizations.EnumerateArray()
            .Single(one => one.GetProperty("Alias").GetString() == alias && one.GetProperty("State").GetString() != "Deleted")
            .GetProperty("OrganizationId").GetString()!;
    }

    /// <summary>The ids of all organizations that there are.</summary>
    public async Task<IReadOnlyList<string>> OrganizationsAsync()
    {
        var organizations = (await CallAsync("ListOrganizations", new { })).GetProperty("OrganizationSummaries");
        return [.. organizations.EnumerateArray().Where(one => one.GetProperty("State").GetString() != "Deleted")
            .Select(one => one.GetProperty("OrganizationId").GetString()!)];
    }

    public async Task<string> UserIdAsync(string organization, string name)
    {
        var users = (await CallAsync("ListUsers", new { OrganizationId = organization })).GetProperty("Users");
        return users.EnumerateArray().Single(user => user.GetProperty("Name").GetString() == name).GetProperty("Id").GetString()!;
    }

    /// <summary>A user with a mailbox, who can't sign in without a password; the user's id.</summary>
    public async Task<string> CreateUserAsync(string organization, string address, string? password, string? displayName = null)
    {
        var name = address[..address.IndexOf('@', StringComparison.Ordinal)];
        var shown = displayName ?? name;
        object members = password is null
            ? new { OrganizationId = organization, Name = name, DisplayName = shown }
            : new { OrganizationId = organization, Name = name, DisplayName = shown, Password = password };
        var user = await CallAsync("CreateUser", members);
        var id = user.GetProperty("UserId").GetString()!;
        await CallAsync("RegisterToWorkMail", new { OrganizationId = organization, EntityId = id, Email = address });
        return id;
    }

    /// <summary>A group that takes mail; the group's id.</summary>
    public async Task<string> CreateGroupAsync(string organization, string address, params string[] memberIds)
    {
        var name = address[..address.IndexOf('@', StringComparison.Ordinal)];
        var group = await CallAsync("CreateGroup", new { OrganizationId = organization, Name = name });
        var id = group.GetProperty("GroupId").GetString()!;
        await CallAsync("RegisterToWorkMail", new { OrganizationId = organization, EntityId = id, Email = address });
        foreach (var member in memberIds)
            await AddMemberAsync(organization, id, member);
        return id;
    }

    public Task AddMemberAsync(string organization, string groupId, string memberId) =>
        CallAsync("AssociateMemberToGroup", new { OrganizationId = organization, GroupId = groupId, MemberId = memberId });

    public void Dispose() => http.Dispose();

    private byte[] Key(string scope) =>
        scope.Split('/').Aggregate(Encoding.ASCII.GetBytes("AWS4" + credentials["secretAccessKey"]), Sign);

    private static byte[] Sign(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

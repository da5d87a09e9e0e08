using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>The REST face, by curl with its own Signature Version 4, and the OpenAPI document that describes it.</summary>
public sealed class RestTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private readonly Aws aws = new(demo.Server);

    [Fact]
    public async Task What_the_aws_face_does_rest_does_in_its_own_words()
    {
        var o = await aws.OrganizationIdAsync("demo");
        var (status, made) = await PostAsync("create-user", new { organizationId = o, name = "rest", displayName = "Rest", firstName = "R" });
        Assert.Equal(200, status);
        var id = made.GetProperty("userId").GetString();
        var (_, user) = await GetAsync($"describe-user?organizationId={o}&userId=rest");
        Assert.Equal($"{id} DISABLED R", $"{user.GetProperty("userId")} {user.GetProperty("state")} {user.GetProperty("firstName")}");
        await PostAsync("register-to-work-mail", new { organizationId = o, entityId = "rest", email = "rest@demo.mailstead.test" });
        var (_, enabled) = await GetAsync($"describe-user?organizationId={o}&userId=rest%40demo.mailstead.test");
        Assert.True(DateTimeOffset.TryParse(enabled.GetProperty("enabledDate").GetString(), System.Globalization.CultureInfo.InvariantCulture, out _));
        var (_, page) = await PostAsync("list-users", new { organizationId = o, filters = new { usernamePrefix = "re" }, maxResults = 5 });
        Assert.Equal("rest", Assert.Single(page.GetProperty("users").EnumerateArray()).GetProperty("name").GetString());
        var (_, groups) = await GetAsync("iam/list-groups");
        Assert.True(groups.ValueKind == JsonValueKind.Object);
    }

    [Theory]
    [InlineData("GET", "describe-user?organizationId=ORG&userId=nobody", "", 404, "EntityNotFoundException")]
    [InlineData("GET", "describe-user?organizationId=ORG", "", 400, "InvalidParameterException")]
    [InlineData("GET", "describe-user?organizationId=ORG&user=nobody", "", 400, "SerializationException")]
    [InlineData("GET", "create-user?displayName=x&name=x&organizationId=ORG", "", 404, "UnknownOperationException")]
    [InlineData("GET", "list-users?filters=x&organizationId=ORG", "", 400, "SerializationException")]
    [InlineData("GET", "list-users?organizationId=ORG&organizationId=ORG", "", 400, "SerializationException")]
    [InlineData("POST", "make-coffee", "{}", 404, "UnknownOperationException")]
    [InlineData("POST", "create-group", "{", 400, "SerializationException")]
    [InlineData("POST", "create-group", "[]", 400, "SerializationException")]
    [InlineData("POST", "create-group", "{\"organizationId\":\"ORG\",\"name\":7}", 400, "SerializationException")]
    [InlineData("POST", "create-group", "{\"organizationId\":\"ORG\",\"nome\":\"x\"}", 400, "SerializationException")]
    [InlineData("POST", "create-group", "{\"organizationId\":\"ORG\",\"name\":\"alice\"}", 409, "NameAvailabilityException")]
    [InlineData("POST", "put-mailbox-permissions", "{\"organizationId\":\"ORG\",\"entityId\":\"alice\",\"granteeId\":\"bob\"}", 400, "InvalidParameterException")]
    [InlineData("POST", "delete-organization", "{\"organizationId\":\"m-00000000000000000000000000000000\",\"deleteDirectory\":true}", 404, "OrganizationNotFoundException")]
    public async Task A_problem_has_a_status_and_a_name(string method, string path, string body, int status, string error)
    {
        var o = await aws.OrganizationIdAsync("demo");
        var (answered, problem) = await CurlAsync(method, path.Replace("ORG", o, StringComparison.Ordinal), body.Replace("ORG", o, StringComparison.Ordinal));
        Assert.Equal((status, error), (answered, problem.GetProperty("title").GetString()));
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task Without_a_signature_nothing_is_done()
    {
        var answer = await Tool.MustAsync("curl", ["-s", "-w", "\n%{http_code}", "-d", "{}", demo.Server.Http + "/api/v1/list-organizations"]);
        Assert.EndsWith("\n401", answer, StringComparison.Ordinal);
        Assert.Contains("MissingAuthenticationTokenException", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_document_describes_every_operation_and_hangs_together()
    {
        using var document = JsonDocument.Parse(await Tool.MustAsync("curl", ["-s", demo.Server.Http + "/openapi.json"]));
        var root = document.RootElement;
        Assert.Equal("3.1.0", root.GetProperty("openapi").GetString());
        var schemas = root.GetProperty("components").GetProperty("schemas");
        var operations = root.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).Select(method => method.Value.GetProperty("operationId").GetString()).ToList();
        Assert.Equal(operations.Count, operations.Distinct().Count());
        foreach (var operation in Contracts.ServiceCatalogue.Administration.SelectMany(service => service.Methods))
            Assert.Contains((operation.Service.Name is "Iam" or "Kms" ? operation.Service.Name : "") + operation.Name, operations);
        foreach (var reference in References(root))
            Assert.True(schemas.TryGetProperty(reference["#/components/schemas/".Length..], out _), reference);
        var request = schemas.GetProperty("AdminCreateUserRequest");
        Assert.Contains("organizationId", request.GetProperty("required").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(64, request.GetProperty("properties").GetProperty("name").GetProperty("maxLength").GetInt32());
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            member.Name == "$ref" ? [member.Value.GetString()!] : References(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private Task<(int Status, JsonElement Answer)> GetAsync(string path) => CurlAsync("GET", path, "");

    private Task<(int Status, JsonElement Answer)> PostAsync(string path, object body) => CurlAsync("POST", path, JsonSerializer.Serialize(body));

    private async Task<(int Status, JsonElement Answer)> CurlAsync(string method, string path, string body)
    {
        var environment = aws.Environment;
        string[] content = method == "POST" ? ["-H", "Content-Type: application/json", "-d", body] : [];
        var answer = await Tool.MustAsync("curl",
        [
            "-s", "-w", "\n%{http_code}", "--aws-sigv4", $"aws:amz:{environment["AWS_DEFAULT_REGION"]}:workmail",
            "--user", $"{environment["AWS_ACCESS_KEY_ID"]}:{environment["AWS_SECRET_ACCESS_KEY"]}", .. content, $"{demo.Server.Http}/api/v1/{path}",
        ]);
        var end = answer.LastIndexOf('\n');
        return (int.Parse(answer[(end + 1)..], System.Globalization.CultureInfo.InvariantCulture), JsonDocument.Parse(answer[..end]).RootElement.Clone());
    }
}

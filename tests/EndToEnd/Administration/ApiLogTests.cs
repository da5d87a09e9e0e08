using System.Globalization;
using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Every call of the admin API is in its log, allowed or not: looked up by Debian's <c>aws cloudtrail</c>.</summary>
public sealed class ApiLogTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Password = "Canary-log-secret-7";

    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task What_was_called_is_told_without_secrets()
    {
        var o = await aws.OrganizationIdAsync("demo");
        var results = await sdk.RunAsync(
            ("CreateUser", new { OrganizationId = o, Name = "logged", DisplayName = "Logged", Password }),
            ("CreateUser", new { OrganizationId = o, Name = "LOGGED", DisplayName = "Logged", Password }),
            ("DescribeUser", new { OrganizationId = o, UserId = "logged" }));
        var id = AwsSdk.AnswerOf(results[0]).GetProperty("UserId").GetString();

        var calls = await LookUpAsync("AttributeKey=EventName,AttributeValue=CreateUser");
        Assert.DoesNotContain(Password, calls.ToString(), StringComparison.Ordinal);
        var (refused, made) = (calls.GetProperty("Events")[0], calls.GetProperty("Events")[1]);
        Assert.Equal("CreateUser false workmail.amazonaws.com administrator", string.Join(' ', new[] { "EventName", "ReadOnly", "EventSource", "Username" }.Select(member => Text(made, member))));
        Assert.Equal($"AWS::WorkMail::Organization {o}", $"{Text(made.GetProperty("Resources")[0], "ResourceType")} {Text(made.GetProperty("Resources")[0], "ResourceName")}");
        var record = RecordOf(made);
        Assert.Equal(["eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "requestParameters", "responseElements",
            "requestID", "eventID", "readOnly", "eventType", "recipientAccountId"], record.EnumerateObject().Select(member => member.Name));
        Assert.Equal("logged", Text(record.GetProperty("requestParameters"), "name"));
        Assert.Equal("HIDDEN_DUE_TO_SECURITY_REASONS", Text(record.GetProperty("requestParameters"), "password"));
        Assert.Equal(id, Text(record.GetProperty("responseElements"), "userId"));
        Assert.Equal("127.0.0.1", Text(record, "sourceIPAddress"));
        Assert.Equal(results[0].GetProperty("requestId").GetString(), Text(record, "requestID"));
        Assert.Equal("NameAvailabilityException", Text(RecordOf(refused), "errorCode"));
        Assert.Equal(JsonValueKind.Null, RecordOf(refused).GetProperty("responseElements").ValueKind);

        var read = (await LookUpAsync("AttributeKey=EventName,AttributeValue=DescribeUser")).GetProperty("Events")[0];
        Assert.Equal("true", Text(read, "ReadOnly"));
        Assert.Equal(JsonValueKind.Null, RecordOf(read).GetProperty("responseElements").ValueKind);
        var byId = await LookUpAsync($"AttributeKey=EventId,AttributeValue={Text(made, "EventId")}");
        Assert.Equal(Text(made, "EventId"), Text(Assert.Single(byId.GetProperty("Events").EnumerateArray()), "EventId"));
    }

    [Fact]
    public async Task Denials_are_in_it_under_the_name_of_whoever_tried()
    {
        var o = await aws.OrganizationIdAsync("demo");
        await aws.RunAsync("iam", "create-user", "--user-name", "curious");
        var key = (await aws.RunAsync("iam", "create-access-key", "--user-name", "curious")).GetProperty("AccessKey");
        var curious = new Aws(demo.Server, new Dictionary<string, string> { ["AccessKeyId"] = Text(key, "AccessKeyId"), ["SecretAccessKey"] = Text(key, "SecretAccessKey") });
        await curious.RefusedAsync("delete-organization", "--organization-id", o, "--delete-directory");
        Assert.Contains("AccessDenied", await curious.FailAsync("cloudtrail", "lookup-events"), StringComparison.Ordinal);

        var tried = (await LookUpAsync("AttributeKey=Username,AttributeValue=curious")).GetProperty("Events").EnumerateArray().Select(RecordOf).ToList();
        Assert.Equal(["LookupEvents", "DeleteOrganization"], tried.Select(record => Text(record, "eventName")));
        Assert.All(tried, record => Assert.Equal("AccessDeniedException", Text(record, "errorCode")));
        Assert.EndsWith(":user/curious", Text(tried[1].GetProperty("userIdentity"), "arn"), StringComparison.Ordinal);
        var secret = (await LookUpAsync("AttributeKey=EventName,AttributeValue=CreateAccessKey")).GetProperty("Events")[0];
        Assert.DoesNotContain(Text(key, "SecretAccessKey"), Text(secret, "CloudTrailEvent"), StringComparison.Ordinal);
        Assert.Equal("iam.amazonaws.com", Text(secret, "EventSource"));
    }

    /// <summary>Whoever could keep a call out of the log by hanging up would do so.</summary>
    [Fact]
    public async Task What_was_done_for_somebody_who_hung_up_is_in_it()
    {
        var o = await aws.OrganizationIdAsync("demo");
        using var admin = new AdminApi(demo.Server);
        for (var number = 0; number < 60; number++)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(1 + (number % 12)));
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await admin.CallAsync("CreateGroup", new { OrganizationId = o, Name = $"hung-up-{number}" }, patience.Token);
                throw new TimeoutException("It was faster");
            });
        }

        var groups = (await admin.CallAsync("ListGroups", new { OrganizationId = o })).GetProperty("Groups").EnumerateArray()
            .Select(group => Text(group, "Name")).Where(name => name.StartsWith("hung-up-", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(groups);
        var recorded = (await LookUpAsync("AttributeKey=EventName,AttributeValue=CreateGroup")).GetProperty("Events").EnumerateArray()
            .Select(call => RecordOf(call).GetProperty("requestParameters")).Where(parameters => parameters.TryGetProperty("name", out _))
            .Select(parameters => Text(parameters, "name")).ToList();
        Assert.Empty(groups.Except(recorded));
    }

    [Fact]
    public async Task It_is_looked_up_by_time_and_in_pages()
    {
        await sdk.RunAsync(("ListOrganizations", new { }), ("ListOrganizations", new { }), ("ListOrganizations", new { }));
        var all = await aws.RunAsync("cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=ListOrganizations", "--page-size", "1");
        var times = all.GetProperty("Events").EnumerateArray().Select(call => Text(RecordOf(call), "eventTime")).ToList();
        Assert.True(times.Count >= 3);
        Assert.Equal(times.OrderDescending(), times);
        var later = DateTimeOffset.Parse(times[0], CultureInfo.InvariantCulture).AddHours(1).ToString("O", CultureInfo.InvariantCulture);
        Assert.Empty((await aws.RunAsync("cloudtrail", "lookup-events", "--start-time", later)).GetProperty("Events").EnumerateArray());
        Assert.Empty((await aws.RunAsync("cloudtrail", "lookup-events", "--end-time", "2020-01-01")).GetProperty("Events").EnumerateArray());
        Assert.Contains("InvalidTimeRangeException", await aws.FailAsync("cloudtrail", "lookup-events", "--start-time", later, "--end-time", "2020-01-01"), StringComparison.Ordinal);
        Assert.Contains("InvalidNextTokenException", await aws.FailAsync("cloudtrail", "lookup-events", "--next-token", "x"), StringComparison.Ordinal);
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private static JsonElement RecordOf(JsonElement call) => JsonDocument.Parse(Text(call, "CloudTrailEvent")).RootElement;

    private Task<JsonElement> LookUpAsync(string attribute) => aws.RunAsync("cloudtrail", "lookup-events", "--lookup-attributes", attribute);
}

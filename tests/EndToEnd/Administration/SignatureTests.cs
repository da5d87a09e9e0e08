using System.Net;
using System.Text;
using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Requests that are not the administrator's, or not requests: each is told why, on the wire as the AWS tools read it.</summary>
public sealed class SignatureTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task A_wrong_secret_is_an_invalid_signature() =>
        Assert.Equal("InvalidSignatureException", await ErrorAsync(sdk.Settings(secret: "wrong")));

    [Fact]
    public async Task An_unknown_key_is_unrecognized() =>
        Assert.Equal("UnrecognizedClientException", await ErrorAsync(sdk.Settings(keyId: "AKIAUNKNOWNUNKNOWN00")));

    [Fact]
    public async Task A_signature_for_another_region_is_refused() =>
        Assert.Equal("InvalidSignatureException", await ErrorAsync(new(sdk.Settings()) { ["region"] = "eu-west-1" }));

    [Theory]
    [InlineData(-6)]
    [InlineData(6)]
    public async Task A_clock_that_is_minutes_off_is_refused(int minutes) =>
        Assert.Equal("InvalidSignatureException", await ErrorAsync(new(sdk.Settings()) { ["systemClockOffset"] = minutes * 60_000 }));

    [Fact]
    public async Task A_clock_that_is_a_little_off_is_borne()
    {
        var results = await AwsSdk.RunAsync(new(sdk.Settings()) { ["systemClockOffset"] = 200_000 }, ("ListOrganizations", new { }));

        AwsSdk.AnswerOf(results[0]);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused_and_a_large_one_is_read()
    {
        var results = await sdk.RunAsync(
            ("ListOrganizations", new { NextToken = new string('x', 2 * 1024 * 1024) }),
            ("ListOrganizations", new { NextToken = new string('x', 1000 * 1024) }));

        Assert.Equal("SerializationException", AwsSdk.ErrorOf(results[0]));
        Assert.Equal("InvalidParameterException", AwsSdk.ErrorOf(results[1]));
    }

    [Theory]
    [InlineData("", "MissingAuthenticationTokenException")]
    [InlineData("Basic YTpi", "IncompleteSignatureException")]
    [InlineData("AWS4-HMAC-SHA256 nonsense", "IncompleteSignatureException")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a, Credential=b, SignedHeaders=host, Signature=c", "IncompleteSignatureException")]
    public async Task Without_a_signature_the_error_is_on_the_wire_as_clients_read_it(string authorization, string error)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, demo.Server.Http + "/");
        request.Content = new StringContent("{}", Encoding.UTF8, "application/x-amz-json-1.1");
        request.Headers.Add("X-Amz-Target", "WorkMailService.ListOrganizations");
        if (authorization.Length > 0)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);

        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(error, body.RootElement.GetProperty("__type").GetString());
        Assert.Equal(error, response.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.NotEmpty(body.RootElement.GetProperty("Message").GetString()!);
        Assert.NotEmpty(response.Headers.GetValues("x-amzn-RequestId").Single());
        Assert.Equal("application/x-amz-json-1.1", response.Content.Headers.ContentType?.ToString());
    }

    private static async Task<string> ErrorAsync(Dictionary<string, object> settings)
    {
        var result = (await AwsSdk.RunAsync(settings, ("ListOrganizations", new { })))[0];
        return AwsSdk.ErrorOf(result);
    }
}

using System.Net;
using System.Text;
using System.Text.Json;
using Mailstead.Cluster.Harness;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Availability configurations, by Debian's AWS CLI and the AWS SDK for JavaScript, against an endpoint that wants to be signed in at.</summary>
public sealed class AvailabilityTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Nowhere = "m-00000000000000000000000000000000";
    private const string Lambda = "arn:aws:lambda:us-east-1:123456789012:function:free-busy";
    private const string Secret = "Canary-availability-9";

    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task Providers_are_created_listed_without_secrets_changed_and_deleted()
    {
        string[] there = ["--organization-id", await sdk.OrganizationIdAsync("demo")];
        string[] create = ["create-availability-configuration", .. there, "--domain-name", "Partner.example", "--client-token", "once",
            "--ews-provider", $"EwsEndpoint=https://ews.partner.example/EWS/Exchange.asmx,EwsUsername=reader,EwsPassword={Secret}"];
        await aws.WorkMailAsync(create);
        await aws.WorkMailAsync(create);
        await aws.WorkMailAsync(["create-availability-configuration", .. there, "--domain-name", "other.example", "--lambda-provider", $"LambdaArn={Lambda}"]);

        var list = await aws.WorkMailAsync(["list-availability-configurations", .. there]);
        Assert.DoesNotContain(Secret, list.ToString(), StringComparison.Ordinal);
        var all = list.GetProperty("AvailabilityConfigurations").EnumerateArray().OrderBy(one => Text(one, "DomainName")).ToList();
        Assert.Equal(["other.example LAMBDA", "partner.example EWS"], all.Select(one => $"{Text(one, "DomainName")} {Text(one, "ProviderType")}"));
        Assert.Equal(Lambda, Text(all[0].GetProperty("LambdaProvider"), "LambdaArn"));
        Assert.Equal("reader", Text(all[1].GetProperty("EwsProvider"), "EwsUsername"));

        await aws.WorkMailAsync(["update-availability-configuration", .. there, "--domain-name", "partner.example", "--lambda-provider", $"LambdaArn={Lambda}"]);
        await aws.WorkMailAsync(["delete-availability-configuration", .. there, "--domain-name", "other.example"]);
        var left = Assert.Single((await aws.WorkMailAsync(["list-availability-configurations", .. there])).GetProperty("AvailabilityConfigurations").EnumerateArray());
        Assert.Equal("partner.example LAMBDA", $"{Text(left, "DomainName")} {Text(left, "ProviderType")}");
        await aws.WorkMailAsync(["delete-availability-configuration", .. there, "--domain-name", "partner.example"]);
    }

    [Fact]
    public async Task A_test_signs_in_at_the_endpoint()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        using var listener = new HttpListener();
        var address = $"http://127.0.0.1:{FreePorts.Take(1)[0]}/";
        listener.Prefixes.Add(address);
        listener.Start();
        var serving = ServeAsync(listener);

        object Ews(string path, string password = Secret) => new { OrganizationId = o, EwsProvider = new { EwsEndpoint = address + path, EwsUsername = "reader", EwsPassword = password } };
        var results = await sdk.RunAsync(
            ("CreateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "tested.example", EwsProvider = new { EwsEndpoint = address + "EWS/", EwsUsername = "reader", EwsPassword = Secret } }),
            ("TestAvailabilityConfiguration", new { OrganizationId = o, DomainName = "tested.example" }),
            ("TestAvailabilityConfiguration", Ews("EWS/")),
            ("TestAvailabilityConfiguration", Ews("EWS/", "wrong")),
            ("TestAvailabilityConfiguration", Ews("page")),
            ("TestAvailabilityConfiguration", Ews("elsewhere")),
            ("TestAvailabilityConfiguration", new { OrganizationId = o, EwsProvider = new { EwsEndpoint = "http://127.0.0.1:1/", EwsUsername = "x", EwsPassword = "x" } }),
            ("TestAvailabilityConfiguration", new { OrganizationId = o, EwsProvider = new { EwsEndpoint = "http://169.254.169.254/latest", EwsUsername = "x", EwsPassword = "x" } }),
            ("TestAvailabilityConfiguration", new { OrganizationId = o, LambdaProvider = new { LambdaArn = Lambda } }),
            ("DeleteAvailabilityConfiguration", new { OrganizationId = o, DomainName = "tested.example" }));
        listener.Stop();
        await serving;

        var tests = results[1..9].Select(AwsSdk.AnswerOf).ToList();
        Assert.Equal([true, true, false, false, false, false, false, false], tests.Select(test => test.GetProperty("TestPassed").GetBoolean()));
        Assert.All(tests[2..], test => Assert.NotEmpty(Text(test, "FailureReason")));
        Assert.Contains("refuses the user name and password", Text(tests[2], "FailureReason"), StringComparison.Ordinal);
        Assert.Contains("none of EWS", Text(tests[3], "FailureReason"), StringComparison.Ordinal);
        Assert.Contains("302", Text(tests[4], "FailureReason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var lambda = new { LambdaArn = Lambda };
        var ews = new { EwsEndpoint = "https://ews.example.org/EWS/", EwsUsername = "u", EwsPassword = "p" };
        await sdk.ExpectAsync(
            ("CreateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "taken.example", LambdaProvider = lambda, ClientToken = "t" }, ""),
            ("CreateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "TAKEN.example", EwsProvider = ews }, "NameAvailabilityException"),
            ("CreateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "new.example", EwsProvider = ews, ClientToken = "t" }, "InvalidParameterException"),
            ("CreateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "new.example" }, "InvalidParameterException"),
            ("CreateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "new.example", EwsProvider = ews, LambdaProvider = lambda }, "InvalidParameterException"),
            ("CreateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "new.example", EwsProvider = new { EwsEndpoint = "ftp://x/", EwsUsername = "u", EwsPassword = "p" } }, "InvalidParameterException"),
            ("CreateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "new.example", EwsProvider = new { EwsEndpoint = "https://x/" } }, "InvalidParameterException"),
            ("CreateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "new.example", LambdaProvider = new { LambdaArn = "arn:aws:lambda:nowhere" } }, "InvalidParameterException"),
            ("CreateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "-..-", LambdaProvider = lambda }, "InvalidParameterException"),
            ("CreateAvailabilityConfiguration", new { OrganizationId = Nowhere, DomainName = "new.example", LambdaProvider = lambda }, "OrganizationNotFoundException"),
            ("UpdateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "nothing.example", LambdaProvider = lambda }, "ResourceNotFoundException"),
            ("UpdateAvailabilityConfiguration", new { OrganizationId = o, DomainName = "taken.example" }, "InvalidParameterException"),
            ("UpdateAvailabilityConfiguration", new { OrganizationId = Nowhere, DomainName = "taken.example", LambdaProvider = lambda }, "OrganizationNotFoundException"),
            ("DeleteAvailabilityConfiguration", new { OrganizationId = o, DomainName = "nothing.example" }, ""),
            ("DeleteAvailabilityConfiguration", new { OrganizationId = Nowhere, DomainName = "nothing.example" }, "OrganizationNotFoundException"),
            ("ListAvailabilityConfigurations", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("ListAvailabilityConfigurations", new { OrganizationId = o, NextToken = "x" }, "InvalidParameterException"),
            ("TestAvailabilityConfiguration", new { OrganizationId = o }, "InvalidParameterException"),
            ("TestAvailabilityConfiguration", new { OrganizationId = o, DomainName = "taken.example", LambdaProvider = lambda }, "InvalidParameterException"),
            ("TestAvailabilityConfiguration", new { OrganizationId = o, DomainName = "nothing.example" }, "ResourceNotFoundException"),
            ("TestAvailabilityConfiguration", new { OrganizationId = Nowhere, DomainName = "taken.example" }, "OrganizationNotFoundException"),
            ("DeleteAvailabilityConfiguration", new { OrganizationId = o, DomainName = "taken.example" }, ""));
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    /// <summary>Takes one user, answers one path as EWS does, another as a web server, and sends everything else away.</summary>
    private static async Task ServeAsync(HttpListener listener)
    {
        var right = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"reader:{Secret}"));
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                using var body = new StreamReader(context.Request.InputStream);
                var isSoap = (await body.ReadToEndAsync()).Contains("GetFolder", StringComparison.Ordinal);
                context.Response.StatusCode = context.Request.Headers["Authorization"] != right || !isSoap ? 401 : context.Request.RawUrl == "/elsewhere" ? 302 : 200;
                if (context.Response.StatusCode == 302)
                    context.Response.RedirectLocation = "/EWS/";
                context.Response.Close(
                    Encoding.UTF8.GetBytes(context.Request.RawUrl == "/EWS/"
                        ? "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body/></s:Envelope>"
                        : "<html></html>"),
                    willBlock: true);
            }
        }
        catch (Exception over) when (over is HttpListenerException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}

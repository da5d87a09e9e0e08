using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Identity provider configurations and personal access tokens, by the AWS SDK for JavaScript (Debian's CLI knows neither).</summary>
public sealed class IdentityProviderTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Nowhere = "m-00000000000000000000000000000000";
    private const string Instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef";

    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);
    private readonly AdminApi admin = new(demo.Server);

    [Fact]
    public async Task Tokens_stand_in_for_passwords_and_passwords_can_be_switched_off()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var alice = await aws.UserIdAsync(o, "alice");
        var application = await ApplicationAsync("main");
        await ConfigureAsync(o, application, "IDENTITY_PROVIDER_AND_DIRECTORY", lifetime: 30);
        var everything = await admin.CallAsync("MailsteadService.CreatePersonalAccessToken", new { OrganizationId = o, UserId = "alice", Name = "Laptop" });
        var onlySmtp = await admin.CallAsync("MailsteadService.CreatePersonalAccessToken", new { OrganizationId = o, UserId = "alice", Name = "Printer", Scopes = new[] { "SMTP" } });

        Assert.Contains(" OK ", await LoginAsync(Text(everything, "Token")), StringComparison.Ordinal);
        Assert.Contains("[AUTHENTICATIONFAILED]", await LoginAsync(Text(onlySmtp, "Token")), StringComparison.Ordinal);
        Assert.Contains("[AUTHENTICATIONFAILED]", await LoginAsync(Text(everything, "Token")[..^2] + "AA"), StringComparison.Ordinal);
        Assert.Contains("[AUTHENTICATIONFAILED]", await LoginAsync(Text(everything, "Token"), DemoServer.Bob), StringComparison.Ordinal);
        (await SmtpSession.SignInAsync(demo.Server, DemoServer.Alice, Text(onlySmtp, "Token"))).Dispose();
        Assert.Contains(" OK ", await LoginAsync(demo.PasswordOf(DemoServer.Alice)), StringComparison.Ordinal);

        await using var byPassword = await OpenAsync(demo.PasswordOf(DemoServer.Alice));
        await using var byToken = await OpenAsync(Text(everything, "Token"));
        await ConfigureAsync(o, application, "IDENTITY_PROVIDER_ONLY");
        Assert.Contains("Your access has changed", (await byPassword.LinesUntilAsync("* BYE"))[^1], StringComparison.Ordinal);
        Assert.Contains(" OK ", (await byToken.SayAsync("NOOP"))[^1], StringComparison.Ordinal);
        Assert.Contains("[AUTHENTICATIONFAILED]", await LoginAsync(demo.PasswordOf(DemoServer.Alice)), StringComparison.Ordinal);
        Assert.Contains(" OK ", await LoginAsync(Text(everything, "Token")), StringComparison.Ordinal);

        var described = AwsSdk.AnswerOf((await sdk.RunAsync(("GetPersonalAccessTokenMetadata", new { OrganizationId = o, PersonalAccessTokenId = Text(everything, "PersonalAccessTokenId") })))[0]);
        Assert.Equal($"{alice} Laptop", $"{Text(described, "UserId")} {Text(described, "Name")}");
        Assert.Equal(7, described.GetProperty("Scopes").GetArrayLength());
        Assert.Equal(30, (described.GetProperty("ExpiresTime").GetDateTimeOffset() - described.GetProperty("DateCreated").GetDateTimeOffset()).TotalDays, 0.01);
        Assert.True(described.TryGetProperty("DateLastUsed", out _));
        var pages = (await sdk.RunAsync(("pages:ListPersonalAccessTokens", new { OrganizationId = o, UserId = "alice", MaxResults = 1 })))[0].GetProperty("pages");
        Assert.Equal(["Laptop", "Printer"], pages.EnumerateArray().SelectMany(page => page.GetProperty("PersonalAccessTokenSummaries").EnumerateArray()).Select(token => Text(token, "Name")));

        AwsSdk.AnswerOf((await sdk.RunAsync(("DeletePersonalAccessToken", new { OrganizationId = o, PersonalAccessTokenId = Text(everything, "PersonalAccessTokenId") })))[0]);
        Assert.Contains("Your access has changed", (await byToken.LinesUntilAsync("* BYE"))[^1], StringComparison.Ordinal);
        Assert.Contains("[AUTHENTICATIONFAILED]", await LoginAsync(Text(everything, "Token")), StringComparison.Ordinal);

        AwsSdk.AnswerOf((await sdk.RunAsync(("DeleteIdentityProviderConfiguration", new { OrganizationId = o })))[0]);
        Assert.Contains(" OK ", await LoginAsync(demo.PasswordOf(DemoServer.Alice)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var application = await ApplicationAsync("errors");
        object Configuration(string arn, string mode = "IDENTITY_PROVIDER_AND_DIRECTORY", string instance = Instance, int days = 10) => new
        {
            OrganizationId = o,
            AuthenticationMode = mode,
            IdentityCenterConfiguration = new { InstanceArn = instance, ApplicationArn = arn },
            PersonalAccessTokenConfiguration = new { Status = "INACTIVE", LifetimeInDays = days },
        };
        var unknown = application[..^1] + (application[^1] == 'a' ? 'b' : 'a');
        var results = await sdk.ExpectAsync(
            ("CreateIdentityCenterApplication", new { Name = "again", InstanceArn = Instance, ClientToken = "t" }, ""),
            ("CreateIdentityCenterApplication", new { Name = "again", InstanceArn = Instance, ClientToken = "t" }, ""),
            ("CreateIdentityCenterApplication", new { Name = "other", InstanceArn = Instance, ClientToken = "t" }, "InvalidParameterException"),
            ("CreateIdentityCenterApplication", new { Name = "two words", InstanceArn = Instance }, "InvalidParameterException"),
            ("CreateIdentityCenterApplication", new { Name = "x", InstanceArn = "arn:aws:sso:::instance/short" }, "InvalidParameterException"),
            ("PutIdentityProviderConfiguration", Configuration(unknown), "ResourceNotFoundException"),
            ("PutIdentityProviderConfiguration", Configuration("arn:aws:sso::1:application/x"), "InvalidParameterException"),
            ("PutIdentityProviderConfiguration", Configuration(application, mode: "NONE"), "InvalidParameterException"),
            ("PutIdentityProviderConfiguration", Configuration(application, instance: Instance[..^1] + "0"), "InvalidParameterException"),
            ("PutIdentityProviderConfiguration", Configuration(application, days: 3654), "InvalidParameterException"),
            ("PutIdentityProviderConfiguration", new { OrganizationId = o, AuthenticationMode = "IDENTITY_PROVIDER_ONLY" }, "InvalidParameterException"),
            ("DescribeIdentityProviderConfiguration", new { OrganizationId = o }, "ResourceNotFoundException"),
            ("PutIdentityProviderConfiguration", Configuration(application), ""),
            ("DescribeIdentityProviderConfiguration", new { OrganizationId = o }, ""),
            ("DeleteIdentityProviderConfiguration", new { OrganizationId = o }, ""),
            ("DeleteIdentityProviderConfiguration", new { OrganizationId = o }, ""),
            ("DeleteIdentityProviderConfiguration", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("DescribeIdentityProviderConfiguration", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("ListPersonalAccessTokens", new { OrganizationId = o, UserId = "nobody" }, "EntityNotFoundException"),
            ("ListPersonalAccessTokens", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("GetPersonalAccessTokenMetadata", new { OrganizationId = o, PersonalAccessTokenId = "nothing" }, "ResourceNotFoundException"),
            ("DeletePersonalAccessToken", new { OrganizationId = o, PersonalAccessTokenId = "nothing" }, ""),
            ("DeletePersonalAccessToken", new { OrganizationId = Nowhere, PersonalAccessTokenId = "nothing" }, "OrganizationNotFoundException"),
            ("DeleteIdentityCenterApplication", new { ApplicationArn = application }, ""),
            ("DeleteIdentityCenterApplication", new { ApplicationArn = application }, ""),
            ("DeleteIdentityCenterApplication", new { ApplicationArn = "nonsense-nonsense" }, "InvalidParameterException"),
            ("PutIdentityProviderConfiguration", Configuration(application), "ResourceNotFoundException"));
        Assert.Equal(Text(AwsSdk.AnswerOf(results[0]), "ApplicationArn"), Text(AwsSdk.AnswerOf(results[1]), "ApplicationArn"));
        Assert.Equal("IDENTITY_PROVIDER_AND_DIRECTORY", Text(AwsSdk.AnswerOf(results[13]), "AuthenticationMode"));
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private async Task<string> ApplicationAsync(string name) =>
        Text(AwsSdk.AnswerOf((await sdk.RunAsync(("CreateIdentityCenterApplication", new { Name = name, InstanceArn = Instance })))[0]), "ApplicationArn");

    private async Task ConfigureAsync(string organization, string application, string mode, int? lifetime = null) => AwsSdk.AnswerOf((await sdk.RunAsync(
        ("PutIdentityProviderConfiguration", new
        {
            OrganizationId = organization,
            AuthenticationMode = mode,
            IdentityCenterConfiguration = new { InstanceArn = Instance, ApplicationArn = application },
            PersonalAccessTokenConfiguration = lifetime is null ? (object)new { Status = "ACTIVE" } : new { Status = "ACTIVE", LifetimeInDays = lifetime },
        })))[0]);

    private async Task<ImapLines> OpenAsync(string password)
    {
        var session = await ImapLines.OpenTlsAsync(demo.Server);
        await session.LineAsync();
        Assert.Contains(" OK ", (await session.SayAsync($"LOGIN {DemoServer.Alice} \"{password}\""))[^1], StringComparison.Ordinal);
        return session;
    }

    private async Task<string> LoginAsync(string password, string user = DemoServer.Alice)
    {
        await using var session = await ImapLines.OpenTlsAsync(demo.Server);
        await session.LineAsync();
        return (await session.SayAsync($"LOGIN {user} \"{password}\""))[^1];
    }
}

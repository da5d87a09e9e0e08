using System.Net;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.LifeCycle;

/// <summary>What an operator sees of a start: files for nobody else, wrong settings named, one process for one folder.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task A_running_server_guards_its_folder_and_tells_how_it_is()
    {
        await using var server = await MailsteadServer.StartAsync(
            [], new Dictionary<string, string> { ["MAILSTEAD_DEMO"] = "true", ["MAILSTEAD_HOSTNAME"] = "mail.example.test" });

        Assert.Equal(3, server.Passwords.Count);
        using var session = await SmtpSession.OpenAsync(server.Smtp);
        Assert.StartsWith("250-mail.example.test", await session.SayAsync("EHLO client.example.org"), StringComparison.Ordinal);
        await session.SendMessageAsync("<a@example.org>", [$"<{DemoServer.Alice}>"], "Subject: Files\r\n\r\nHello\r\n");
        await Durability.DeliveryTables.WaitUntilEmptyAsync(server);
        AssertOwnerOnly(new DirectoryInfo(server.Data));
        await AssertHealthyAsync(server);
        await AssertSecondRefusedAsync(server);
        Assert.Equal(0, await server.StopAsync());
    }

    [Theory]
    [InlineData("--port-base", "seventy", "--port-base", "'seventy'", "a number from 0 to ")]
    [InlineData("--listen", "everywhere", "--listen", "'everywhere'", "IP address")]
    [InlineData("--dns", "no:where:", "--dns", "'no:where:'", "127.0.0.1:53")]
    [InlineData("--roles", "imap,pop", "--roles", "'imap,pop'", "ingress")]
    [InlineData("--hostname", "-x-", "--hostname", "'-x-'", "host name")]
    public async Task A_wrong_option_is_named_with_what_is_allowed(string option, string value, params string[] told)
    {
        AssertTells(await RunAsync([option, value], []), told);
    }

    [Theory]
    [InlineData("MAILSTEAD_PORT_BASE", "-1", "MAILSTEAD_PORT_BASE", "'-1'", "a number from 0 to ")]
    [InlineData("MAILSTEAD_DEMO", "perhaps", "MAILSTEAD_DEMO", "'perhaps'", "true or false")]
    [InlineData("MAILSTEAD_PORTBASS", "1", "MAILSTEAD_PORTBASS", "PortBase")]
    [InlineData("MAILSTEAD_Imap__IdleTimeout", "00:00:01", "Imap:IdleTimeout", "'00:00:01'", "between 00:30:00 and 1.00:00:00")]
    [InlineData("MAILSTEAD_Imap__IdleTimeout", "soon", "Imap:IdleTimeout", "'soon'", "00:05:00")]
    [InlineData("MAILSTEAD_Imap__IdleTimeOuts", "1", "Imap:IdleTimeOuts", "Imap:IdleTimeout")]
    [InlineData("MAILSTEAD_Imap__PlaintextLogin", "Sometimes", "Imap:PlaintextLogin", "'Sometimes'", "Never, Loopback, Always")]
    [InlineData("MAILSTEAD_Ingress__TrustedNetworks__0", "home", "Ingress:TrustedNetworks", "'home'", "10.0.0.0/8")]
    [InlineData("MAILSTEAD_Telemetry__Otlp", "collector", "Telemetry:Otlp", "'collector'", "http://127.0.0.1:4317")]
    [InlineData("MAILSTEAD_Logging__LogLevel__Default", "Loud", "Logging:LogLevel:Default", "'Loud'", "Information")]
    [InlineData("MAILSTEAD_Keys__RootKey", "short", "Keys:RootKey", "32 octets")]
    [InlineData("MAILSTEAD_Ingress__Postmaster", "root", "Ingress:Postmaster", "'root'", "postmaster@example.com")]
    [InlineData("MAILSTEAD_Database__Postgres", "Host=x", "Database:Postgres", "Database:PostgreSql")]
    [InlineData("MAILSTEAD_Database__PostgreSql", "nonsense", "Database:PostgreSql", "Host=")]
    [InlineData("MAILSTEAD_Bodies__S3__Buckets", "x", "Bodies:S3:Buckets", "Bodies:S3:Bucket")]
    [InlineData("MAILSTEAD_Services__Certificates", "x", "Services:Certificates", "Services:Certificate")]
    [InlineData("MAILSTEAD_Smtp__Timeout", "x", "MAILSTEAD_Smtp__Timeout", "Submission")]
    public async Task A_wrong_environment_variable_is_named_with_what_is_allowed(string variable, string value, params string[] told)
    {
        AssertTells(await RunAsync([], new Dictionary<string, string> { [variable] = value }), told);
    }

    [Theory]
    [InlineData("""{"PortBase": 70000}""", "PortBase", "'70000'", "a number from 0 to ")]
    [InlineData("""{"Delivery": {"Routers": 0}}""", "Delivery:Routers", "'0'", "between 1 and 1000")]
    [InlineData("""{"Deliverance": {}, "Deliverance2": 1}""", "Deliverance", "Delivery")]
    [InlineData("""{"PortBase": """, "not valid JSON")]
    public async Task A_wrong_settings_file_is_named_with_what_is_allowed(string json, params string[] told)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, json);
        try
        {
            AssertTells(await RunAsync(["--settings", file], []), told);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Help_shows_every_option_and_examples()
    {
        var help = await Tool.MustAsync(Repository.Program, ["--help"]);

        foreach (var option in new[] { "--data", "--port-base", "--listen", "--roles", "--dns", "--hostname", "--demo", "--settings", "Examples" })
            Assert.Contains(option, help, StringComparison.Ordinal);
    }

    private static async Task<Tool> RunAsync(string[] arguments, Dictionary<string, string> environment)
    {
        var data = Directory.CreateTempSubdirectory("mailstead-start-").FullName;
        try
        {
            return await Tool.RunAsync(Repository.Program, ["--data", data, .. arguments], environment);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static void AssertTells(Tool run, string[] told)
    {
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("mailstead: ", run.Errors, StringComparison.Ordinal);
        foreach (var word in told)
            Assert.Contains(word, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", run.Errors, StringComparison.Ordinal);
    }

    private static void AssertOwnerOnly(DirectoryInfo folder)
    {
        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(file | UnixFileMode.UserExecute, folder.UnixFileMode);
        foreach (var inside in folder.EnumerateDirectories())
            AssertOwnerOnly(inside);
        foreach (var inside in folder.EnumerateFiles())
            Assert.True(inside.UnixFileMode == file, $"{inside.FullName}: {inside.UnixFileMode}");
    }

    private static async Task AssertHealthyAsync(MailsteadServer server)
    {
        using var http = new HttpClient();
        foreach (var place in Shape.ManagementPlaces(server.PortBase))
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(place + "/health/live")).StatusCode);
        Assert.Equal("Healthy", await server.HealthAsync());
        var metrics = await server.MetricsAsync();
        Assert.Matches("mailstead_delivery_accepted[a-z_]*_total\\S* 1", metrics);
        Assert.Matches("mailstead_delivery_delivered[a-z_]*_total\\S* 1", metrics);
    }

    private static async Task AssertSecondRefusedAsync(MailsteadServer server)
    {
        var second = await Tool.RunAsync(Repository.Program, ["--data", server.Data, "--port-base", "0"]);
        Assert.Equal(2, second.ExitCode);
        Assert.Contains("--data", second.Errors, StringComparison.Ordinal);
        Assert.Contains("another process has it", second.Errors, StringComparison.Ordinal);
    }
}

using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>An organization with a domain of its own: proved by a TXT record in a real name server, then mail comes and goes there.</summary>
public sealed class DomainTests : IAsyncLifetime
{
    private const string Domain = "owned.example";
    private const string Password = "Correct-horse-7";

    private readonly OwnerZone zone = new(Domain);
    private MailsteadServer server = null!;
    private Aws aws = null!;

    public async ValueTask InitializeAsync()
    {
        server = await MailsteadServer.StartAsync(["--dns", zone.Address], new() { ["MAILSTEAD_Directories__VerificationInterval"] = "00:00:01" });
        aws = new Aws(server);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await zone.DisposeAsync();
    }

    [Fact]
    public async Task A_domain_works_from_the_moment_its_owner_proves_it()
    {
        var organization = (await aws.WorkMailAsync(
            "create-organization", "--alias", "owners", "--domains", $"DomainName={Domain}", "--client-token", "once")).GetProperty("OrganizationId").GetString()!;
        var again = await aws.WorkMailAsync("create-organization", "--alias", "owners", "--domains", $"DomainName={Domain}", "--client-token", "once");
        Assert.Equal(organization, again.GetProperty("OrganizationId").GetString());
        await WaitAsync("describe-organization", organization, found => found.GetProperty("State").GetString() == "Active");
        var user = (await aws.WorkMailAsync(
            "create-user", "--organization-id", organization, "--name", "olga", "--display-name", "Olga", "--password", Password)).GetProperty("UserId").GetString()!;

        var pending = await aws.WorkMailAsync("get-mail-domain", "--organization-id", organization, "--domain-name", Domain);
        Assert.Equal("PENDING", pending.GetProperty("OwnershipVerificationStatus").GetString());
        Assert.Contains("MailDomainStateException", await aws.RefusedAsync(Register(organization, user)), StringComparison.Ordinal);
        Assert.Contains(
            "MailDomainStateException",
            await aws.RefusedAsync("update-default-mail-domain", "--organization-id", organization, "--domain-name", Domain), StringComparison.Ordinal);

        var record = pending.GetProperty("Records").EnumerateArray().First(record => record.GetProperty("Type").GetString() == "TXT");
        await zone.AddTextAsync(record.GetProperty("Hostname").GetString()!, record.GetProperty("Value").GetString()!);

        await WaitAsync("get-mail-domain", organization, found => found.GetProperty("OwnershipVerificationStatus").GetString() == "VERIFIED", "--domain-name", Domain);
        await aws.WorkMailAsync(Register(organization, user));
        await aws.WorkMailAsync("update-default-mail-domain", "--organization-id", organization, "--domain-name", Domain);
        var described = await aws.WorkMailAsync("describe-organization", "--organization-id", organization);
        Assert.Equal(Domain, described.GetProperty("DefaultMailDomain").GetString());
        var sent = await Tool.RunAsync("swaks", ["--server", $"127.0.0.1:{server.Smtp}", "--from", "sender@example.org", "--to", $"Olga@OWNED.example"]);
        Assert.True(sent.ExitCode == 0, $"{sent.Output}\n{server.LoggedErrors}");
        using var client = await Mailbox.ConnectAsync(server);
        await client.AuthenticateAsync($"olga@{Domain}", Password, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_organization_has_its_test_domain_at_once()
    {
        var organization = (await aws.WorkMailAsync("create-organization", "--alias", "plain")).GetProperty("OrganizationId").GetString()!;

        await WaitAsync("describe-organization", organization, found => found.GetProperty("State").GetString() == "Active");

        var domains = (await aws.WorkMailAsync("list-mail-domains", "--organization-id", organization)).GetProperty("MailDomains");
        var only = Assert.Single(domains.EnumerateArray());
        Assert.Equal("plain.mailstead.test", only.GetProperty("DomainName").GetString());
        Assert.True(only.GetProperty("DefaultDomain").GetBoolean());
        var details = await aws.WorkMailAsync("get-mail-domain", "--organization-id", organization, "--domain-name", "plain.mailstead.test");
        Assert.True(details.GetProperty("IsTestDomain").GetBoolean());
        Assert.Equal("VERIFIED", details.GetProperty("OwnershipVerificationStatus").GetString());
        Assert.Contains("NameAvailabilityException", await aws.RefusedAsync("create-organization", "--alias", "plain"), StringComparison.Ordinal);
        await aws.WorkMailAsync("delete-organization", "--organization-id", organization, "--delete-directory");
        Assert.Contains(
            "OrganizationStateException", await aws.RefusedAsync("list-users", "--organization-id", organization), StringComparison.Ordinal);
    }

    private static string[] Register(string organization, string user) =>
        ["register-to-work-mail", "--organization-id", organization, "--entity-id", user, "--email", $"olga@{Domain}"];

    private async Task WaitAsync(string operation, string organization, Func<JsonElement, bool> isDone, params string[] more)
    {
        for (var attempt = 0; attempt < 120; attempt++)
        {
            if (isDone(await aws.WorkMailAsync([operation, "--organization-id", organization, .. more])))
                return;
            await Task.Delay(250);
        }

        Assert.Fail($"{operation} did not show what was waited for");
    }
}

using System.Text.Json;
using Mailstead.Benchmarks.Targets;
using Mailstead.Kubernetes.Mail;

namespace Mailstead.Kubernetes.Cluster;

/// <summary>An organization with users, made by the administration API as any administrator makes them.</summary>
internal static class Accounts
{
    private const string Alias = "trial";
    private const string Domain = Alias + ".mailstead.test";
    private const string Password = "Trial-password-0001";
    private static readonly string[] Names = ["anna", "ben", "clara"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<IReadOnlyList<Account>> CreateAsync(Installation installation, Kubectl kubectl, CancellationToken cancellationToken)
    {
        await using var forward = await PortForward.StartAsync(kubectl, Installation.Release + "-http", cancellationToken);
        using var http = new HttpClient { BaseAddress = forward.Address };
        var credentials = JsonSerializer.SerializeToElement(new
        {
            region = "us-east-1",
            accessKeyId = await installation.SecretAsync("mailstead-administrator", "accessKeyId", cancellationToken),
            secretAccessKey = await installation.SecretAsync("mailstead-administrator", "secretAccessKey", cancellationToken),
        });
        var call = new SignedCall(http, credentials);
        var created = await FirstAsync(call, cancellationToken);
        var organization = created.GetProperty("OrganizationId").GetString()!;
        await WaitAsync(call, organization, cancellationToken);
        var accounts = new List<Account>();
        foreach (var name in Names)
        {
            var user = await call.SendAsync(
                "CreateUser", new { OrganizationId = organization, Name = name, DisplayName = name, Password }, cancellationToken);
            var address = $"{name}@{Domain}";
            await call.SendAsync(
                "RegisterToWorkMail",
                new { OrganizationId = organization, EntityId = user.GetProperty("UserId").GetString(), Email = address }, cancellationToken);
            accounts.Add(new Account(address, Password));
        }

        return accounts;
    }

    /// <summary>The administrator's key is made once the roles see each other: the first call may come before.</summary>
    private static async Task<JsonElement> FirstAsync(SignedCall call, CancellationToken cancellationToken)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await call.SendAsync("CreateOrganization", new { Alias, ClientToken = "trial-organization" }, cancellationToken);
            }
            catch (Exception early) when (
                early is InvalidOperationException or HttpRequestException && TimeProvider.System.GetElapsedTime(since) < Patience)
            {
                await Task.Delay(500, cancellationToken);
            }
        }
    }

    private static async Task WaitAsync(SignedCall call, string organization, CancellationToken cancellationToken)
    {
        while ((await call.SendAsync("DescribeOrganization", new { OrganizationId = organization }, cancellationToken)).GetProperty("State").GetString() != "Active")
            await Task.Delay(200, cancellationToken);
    }
}

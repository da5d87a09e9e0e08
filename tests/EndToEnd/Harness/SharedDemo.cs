using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Mailstead.EndToEnd.Harness;

/// <summary>
/// Clusters that test classes use one after the other, since starting one is dear: each class finds the demo organization as new as
/// after a first start, and those before are deleted. Classes that run at once have a cluster each.
/// </summary>
internal static class SharedDemo
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly ConcurrentBag<MailsteadServer> Idle = [];
    private static readonly ConcurrentBag<MailsteadServer> All = [];

    public static async Task<MailsteadServer> TakeAsync(Dictionary<string, string> environment)
    {
        if (!Idle.TryTake(out var server))
        {
            server = await MailsteadServer.StartAsync(environment: environment);
            All.Add(server);
            return server;
        }

        await RenewAsync(server);
        return server;
    }

    public static void GiveBack(MailsteadServer server) => Idle.Add(server);

    public static async Task DisposeAsync()
    {
        foreach (var server in All)
            await server.DisposeAsync();
    }

    private static async Task RenewAsync(MailsteadServer server)
    {
        using var admin = new AdminApi(server);
        foreach (var before in await admin.OrganizationsAsync())
            await admin.CallAsync("DeleteOrganization", new { OrganizationId = before, DeleteDirectory = true, ForceDelete = true });
        // The old mailboxes are emptied behind the caller's back; tests count what is in all of them.
        for (var waited = Stopwatch.StartNew(); Tables.Count(server, "mailboxes", "mailboxes") is > 0 and var left; await Task.Delay(50))
            Assert.True(waited.Elapsed < Patience, $"{left} mailboxes of deleted organizations are still there: {server.LoggedErrors}");
        var created = await admin.CallAsync("CreateOrganization", new { Alias = "demo" });
        var organization = created.GetProperty("OrganizationId").GetString()!;
        while ((await admin.CallAsync("DescribeOrganization", new { OrganizationId = organization })).GetProperty("State").GetString() != "Active")
            await Task.Delay(50);
        var passwords = new Dictionary<string, string>();
        foreach (var address in new[] { DemoServer.Alice, DemoServer.Bob, DemoServer.Carol })
        {
            passwords[address] = RandomNumberGenerator.GetHexString(20) + "a7X";
            var name = address[..address.IndexOf('@', StringComparison.Ordinal)];
            await admin.CreateUserAsync(organization, address, passwords[address], char.ToUpperInvariant(name[0]) + name[1..]);
        }

        await File.WriteAllTextAsync(Path.Combine(server.Data, "demo-credentials.json"), JsonSerializer.Serialize(passwords));
    }
}

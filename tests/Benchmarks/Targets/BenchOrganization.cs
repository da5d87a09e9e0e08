using System.Text.Json;

namespace Mailstead.Benchmarks.Targets;

/// <summary>An organization with as many mailboxes as a load wants, made through the admin API.</summary>
internal static class BenchOrganization
{
    private const string Password = "Bench-pass-2046";

    /// <param name="credentials">As in <c>admin-credentials.json</c>.</param>
    public static async Task<IReadOnlyList<Account>> CreateAsync(Uri address, JsonElement credentials, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = address };
        var api = new SignedCall(http, credentials);
        var created = await api.SendAsync("CreateOrganization", new { Alias = "bench" }, cancellationToken);
        var organization = created.GetProperty("OrganizationId").GetString();
        string? domain = null;
        while (domain is null)
        {
            var described = await api.SendAsync("DescribeOrganization", new { OrganizationId = organization }, cancellationToken);
            if (described.GetProperty("State").GetString() == "Active")
                domain = described.GetProperty("DefaultMailDomain").GetString();
            else
                await Task.Delay(50, cancellationToken);
        }

        var made = new List<Account>();
        for (var i = 1; i <= Target.AccountCount; i++)
        {
            var name = $"u{i:000}";
            var user = await api.SendAsync(
                "CreateUser", new { OrganizationId = organization, Name = name, DisplayName = name, Password }, cancellationToken);
            var mailbox = $"{name}@{domain}";
            await api.SendAsync(
                "RegisterToWorkMail",
                new { OrganizationId = organization, EntityId = user.GetProperty("UserId").GetString(), Email = mailbox }, cancellationToken);
            made.Add(new Account(mailbox, Password));
        }

        return made;
    }
}

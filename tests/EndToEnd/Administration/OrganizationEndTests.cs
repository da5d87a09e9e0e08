using System.Diagnostics;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>What is left of an organization that was deleted: no mailbox, also of users who had left it before.</summary>
public sealed class OrganizationEndTests
{
    private const string Password = "Correct-horse-7";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Mailboxes_of_all_its_users_go_with_it_also_of_those_who_went_before()
    {
        await using var server = await MailsteadServer.StartAsync();
        using var admin = new AdminApi(server);
        var organization = await admin.OrganizationAsync();
        await admin.CreateUserAsync(organization, "left@demo.mailstead.test", Password);
        await admin.CreateUserAsync(organization, "disabled@demo.mailstead.test", Password);
        foreach (var name in new[] { "left", "disabled" })
            await admin.CallAsync("DeregisterFromWorkMail", new { OrganizationId = organization, EntityId = await admin.UserIdAsync(organization, name) });
        await admin.CallAsync("DeleteUser", new { OrganizationId = organization, UserId = await admin.UserIdAsync(organization, "left") });
        Assert.Equal(5, Tables.Count(server, "mailboxes", "mailboxes"));

        await admin.CallAsync("DeleteOrganization", new { OrganizationId = organization, DeleteDirectory = true, ForceDelete = true });

        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience && Tables.Count(server, "mailboxes", "mailboxes") > 0;)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(0, Tables.Count(server, "mailboxes", "mailboxes"));
    }
}

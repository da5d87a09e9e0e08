using System.Text;
using Mailstead.Mailboxes.Bodies;
using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Stores.Backups;

/// <summary>The database is taken back to a time by its own means; bodies of then are still there, and clients are told.</summary>
public sealed class PointInTimeTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("mailstead-point-").FullName;
    private PostgreSqlServer server = null!;

    public async ValueTask InitializeAsync() => server = await PostgreSqlServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Mail_is_as_it_was_at_the_time_that_the_database_went_back_to()
    {
        var database = await server.CreateDatabaseAsync();
        var (kept, added) = (Sample.Large(2_000_000), Encoding.ASCII.GetBytes("Subject: later\r\n\r\n"));
        await using var before = await StartAsync(database);
        var mailbox = await before.NewMailboxAsync(await before.NewOrganizationKeyAsync());
        var inbox = await mailbox.InboxAsync();
        await server.ArchiveAsync();
        var first = await mailbox.AppendAsync(inbox, kept, 0);
        var opened = await mailbox.OpenAsync(inbox);
        // Between two commits of a server that has the same clock.
        var time = TimeProvider.System.GetUtcNow();

        // Its body would be garbage, if it weren't for the window.
        await mailbox.ExpungeAsync(inbox, [first.Uid]);
        await mailbox.AppendAsync(inbox, added, 0);
        before.Clock.Advance(TimeSpan.FromHours(3));
        await before.Get<IEnumerable<IHostedService>>().OfType<CollectLoop>().Single().CollectAsync(CancellationToken.None);
        var lost = await mailbox.OpenAsync(inbox);
        await before.StopAsync();
        await server.RecoverAsync(time);

        await using (var installation = await StartAsync(database))
        {
            var target = new PostgreSqlTarget(new DatabaseOptions { PostgreSql = database });
            Assert.Empty(await Restoration.FinishAsync(
                [.. installation.Get<IEnumerable<BackedUpSchema>>()], target, installation.Get<ISegmentArchive>(), TimeProvider.System, CancellationToken.None));
        }

        await using var after = await StartAsync(database);
        var restored = new MailboxOnStore(after, mailbox.Ref);
        var (_, content) = (await restored.FetchAsync(inbox, first.Uid)).Single();
        Assert.Equal(kept, content);
        var now = await restored.OpenAsync(inbox);
        Assert.Equal(1, now.Folder.MessageCount);
        Assert.True(now.Folder.UidValidity > opened.Folder.UidValidity, "Clients would take uids of the lost time for others");
        Assert.True(now.Folder.HighestModseq > lost.Folder.HighestModseq, "Clients would miss what is older than what they have seen");
    }

    private Task<Installation> StartAsync(string database) => Installation.StartAsync(
        folder, database, new Dictionary<string, string?> { ["Mailboxes:RestoreWindow"] = "1.00:00:00" });
}

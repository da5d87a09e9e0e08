using Mailstead.Mailboxes.Bodies;
using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Bodies;
using Mailstead.Stores.Harness;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Stores.Mailboxes;

/// <summary>Bodies that nobody needs go, but not while a backup may need them or tables may be taken back to a time when somebody did.</summary>
public sealed class CollectTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("mailstead-collect-").FullName;
    private Installation installation = null!;

    public async ValueTask InitializeAsync() => installation = await Installation.StartAsync(
        folder, null, new Dictionary<string, string?> { ["Mailboxes:RestoreWindow"] = "10.00:00:00" });

    public async ValueTask DisposeAsync()
    {
        await installation.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_dead_body_stays_for_the_restore_window()
    {
        await LeaveADeadBodyAsync();

        await CollectAsync();
        installation.Clock.Advance(TimeSpan.FromDays(9));
        await CollectAsync();
        Assert.NotEmpty(await SegmentsAsync());

        installation.Clock.Advance(TimeSpan.FromDays(2));
        await CollectAsync();
        Assert.Empty(await SegmentsAsync());
    }

    [Fact]
    public async Task A_dead_body_stays_while_a_backup_is_taken()
    {
        await LeaveADeadBodyAsync();
        await CollectAsync();
        installation.Clock.Advance(TimeSpan.FromDays(11));
        var (hold, backup, now) = (installation.Get<IBodyHold>(), Guid.CreateVersion7(), installation.Clock.GetUtcNow());
        await hold.TakeAsync(backup, now.AddMinutes(10), CancellationToken.None);

        await CollectAsync();
        Assert.NotEmpty(await SegmentsAsync());

        // Its process has died: nobody renews the hold.
        installation.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.False(await hold.RenewAsync(backup, now.AddHours(1), CancellationToken.None));
        await CollectAsync();
        Assert.Empty(await SegmentsAsync());
    }

    /// <summary>A large one, which has a segment for itself.</summary>
    private async Task LeaveADeadBodyAsync()
    {
        var mailbox = await installation.NewMailboxAsync(await installation.NewOrganizationKeyAsync());
        var inbox = await mailbox.InboxAsync();
        var large = await mailbox.AppendAsync(inbox, Sample.Large(2_000_000), 0);
        Assert.NotEmpty(await SegmentsAsync());
        await mailbox.ExpungeAsync(inbox, [large.Uid]);
        installation.Clock.Advance(TimeSpan.FromHours(3));
    }

    private Task CollectAsync() =>
        installation.Get<IEnumerable<IHostedService>>().OfType<CollectLoop>().Single().CollectAsync(CancellationToken.None);

    private async Task<List<BodySegment>> SegmentsAsync() =>
        await installation.Get<IBodyStore>().ListClosedSegmentsAsync(CancellationToken.None).ToListAsync();
}

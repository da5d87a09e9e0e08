using Mailstead.Cluster.Harness;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Hosting.Cache;
using Mailstead.Stores.Harness;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mailstead.Cluster.Cache;

/// <summary>What changes through one replica of Mailboxes wakes who watches through another, with Redis at once, without it soon.</summary>
public sealed class NoticeTests(Engines engines)
{
    /// <summary>So seldom that nothing in these tests is repaired by looking.</summary>
    private const string Never = "01:00:00";

    [Fact]
    public async Task A_delivery_through_one_replica_wakes_a_watcher_of_the_other()
    {
        var redis = await engines.RedisAsync();
        var (one, other) = await StartTwoAsync(redis.ConnectionString, alone: Never);
        await using var _ = one;
        await using var __ = other;
        var mailbox = await one.NewMailboxAsync(await one.NewOrganizationKeyAsync());
        await using var watching = await Watching.StartAsync(other, mailbox.Ref);

        await ReachesAsync(mailbox, watching);
    }

    [Fact]
    public async Task Without_Redis_it_comes_later_and_after_a_restart_at_once_again()
    {
        var redis = await engines.RedisAsync();
        var (one, other) = await StartTwoAsync(redis.ConnectionString, alone: "00:00:00.5");
        await using var _ = one;
        await using var __ = other;
        var mailbox = await one.NewMailboxAsync(await one.NewOrganizationKeyAsync());
        await using var watching = await Watching.StartAsync(other, mailbox.Ref);
        await redis.KillAsync();
        try
        {
            await Eventually.BecomesAsync(async () => await EventState(one) == HealthStatus.Degraded, "the replica says that it is alone");
            await HearsOfAsync(await mailbox.CreateFolderAsync("alone"), mailbox, watching);
        }
        finally
        {
            await redis.ContinueAsync();
        }

        await Eventually.BecomesAsync(() => one.Get<SharedCache>().IsConnected && other.Get<SharedCache>().IsConnected, "both are connected again");
        await ReachesAsync(mailbox, watching);
        Assert.Equal(HealthStatus.Healthy, await EventState(one));
    }

    [Fact]
    public async Task A_process_starts_without_Redis_and_finds_it_later()
    {
        var redis = await engines.RedisAsync();
        await redis.KillAsync();
        Installation one, other;
        try
        {
            (one, other) = await StartTwoAsync(redis.ConnectionString, alone: "00:00:00.5");
        }
        finally
        {
            await redis.ContinueAsync();
        }

        await using var _ = one;
        await using var __ = other;
        await Eventually.BecomesAsync(() => one.Get<SharedCache>().IsConnected && other.Get<SharedCache>().IsConnected, "both are connected");
        var mailbox = await one.NewMailboxAsync(await one.NewOrganizationKeyAsync());
        await using var watching = await Watching.StartAsync(other, mailbox.Ref);
        await ReachesAsync(mailbox, watching);
    }

    [Fact]
    public async Task The_connection_is_encrypted_when_the_settings_say_so()
    {
        var redis = await engines.RedisAsync();
        var (one, other) = await StartTwoAsync(redis.ConnectionStringWithTls, Never, ("Cache:Authorities", redis.Authorities));
        await using var _ = one;
        await using var __ = other;
        var mailbox = await one.NewMailboxAsync(await one.NewOrganizationKeyAsync());
        await using var watching = await Watching.StartAsync(other, mailbox.Ref);
        await ReachesAsync(mailbox, watching);

        // The system doesn't know the server's authority.
        await using var stranger = await engines.StartReplicaAsync(
            await engines.NewDatabaseAsync(), KeyValuePair.Create<string, string?>("Cache:Redis", redis.ConnectionStringWithTls));
        Assert.False(stranger.Get<SharedCache>().IsConnected);
    }

    private static async Task ReachesAsync(MailboxOnStore mailbox, Watching watching)
    {
        // The subscription is on its way when the watch begins: what it missed, the next change repairs.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var hearing = watching.HearsAsync(await ModSeqAsync(mailbox) + 1);
        var inbox = await mailbox.InboxAsync();
        while (!hearing.IsCompleted && !patience.IsCancellationRequested)
        {
            await mailbox.AppendAsync(inbox);
            await Task.WhenAny(hearing, Task.Delay(500));
        }

        await hearing;
    }

    private static async Task HearsOfAsync(Folder made, MailboxOnStore mailbox, Watching watching)
    {
        Assert.NotEmpty(made.FolderId);
        await watching.HearsAsync(await ModSeqAsync(mailbox));
    }

    private static async Task<long> ModSeqAsync(MailboxOnStore mailbox) =>
        (await mailbox.FoldersAsync()).Max(folder => folder.HighestModseq);

    private static async Task<HealthStatus> EventState(Installation replica) => await Bus.EventTests.StateAsync(replica);

    private async Task<(Installation One, Installation Other)> StartTwoAsync(
        string redis, string alone, params (string Key, string Value)[] more)
    {
        var database = await engines.NewDatabaseAsync();
        KeyValuePair<string, string?>[] settings =
        [
            new("Cache:Redis", redis), new("Mailboxes:WatchInterval", Never), new("Mailboxes:WatchIntervalAlone", alone),
            .. more.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)),
        ];
        return (await engines.StartReplicaAsync(database, settings), await engines.StartReplicaAsync(database, settings));
    }
}

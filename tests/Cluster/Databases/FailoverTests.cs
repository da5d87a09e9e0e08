using System.Diagnostics;
using Grpc.Core;
using Mailstead.Cluster.Harness;
using Mailstead.Stores.Harness;

namespace Mailstead.Cluster.Databases;

/// <summary>The database has a standby: when the primary dies and the standby takes over, processes go on there by themselves.</summary>
public sealed class FailoverTests(Engines engines)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Processes_go_on_with_the_standby_and_what_was_answered_is_there()
    {
        var ports = FreePorts.Take(2);
        await using var primary = await PostgreSqlServer.StartAsync(ports[0]);
        var alone = await primary.CreateDatabaseAsync();
        await using var standby = await primary.AddStandbyAsync(ports[1]);
        var database = alone.Replace($"Host=127.0.0.1;Port={ports[0]}", $"Host=127.0.0.1:{ports[0]},127.0.0.1:{ports[1]};Target Session Attributes=primary", StringComparison.Ordinal);
        await using var replica = await engines.StartReplicaAsync(database);
        var mailbox = await replica.NewMailboxAsync(await replica.NewOrganizationKeyAsync());
        var inbox = await mailbox.InboxAsync();

        var answered = new List<string>();
        using var stop = new CancellationTokenSource();
        var load = AppendAsync(mailbox, inbox, answered, stop.Token);
        await UntilAsync(load, () => answered.Count > 20);
        await primary.StopAsync("QUIT");
        await standby.PromoteAsync();
        var before = answered.Count;
        await UntilAsync(load, () => answered.Count > before + 20);
        await stop.CancelAsync();
        await load;

        var found = (await mailbox.FetchAsync(inbox, [.. await mailbox.UidsAsync(inbox)])).Select(item => System.Text.Encoding.ASCII.GetString(item.Content)).ToHashSet();
        Assert.Empty(answered.Except(found));
    }

    private static async Task AppendAsync(MailboxOnStore mailbox, string folder, List<string> answered, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var content = $"Subject: {i}\r\n\r\n";
            try
            {
                await mailbox.AppendAsync(folder, content);
                answered.Add(content);
            }
            catch (RpcException away) when (away.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }

    private static async Task UntilAsync(Task load, Func<bool> condition)
    {
        for (var waited = Stopwatch.StartNew(); !condition(); await Task.Delay(20))
        {
            if (load.IsFaulted)
                await load;
            Assert.True(waited.Elapsed < Patience, "Nothing is answered any more");
        }
    }
}

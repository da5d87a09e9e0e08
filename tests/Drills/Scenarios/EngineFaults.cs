using Mailstead.Drills.Faults;

namespace Mailstead.Drills.Scenarios;

/// <summary>What the program runs on stops, forgets, dawdles.</summary>
internal static class EngineFaults
{
    private static readonly TimeSpan RidesOut = TimeSpan.FromSeconds(15);

    public static IEnumerable<Drill<DrillCluster>> All =>
    [
        new("postgresql-restart", "PostgreSQL is restarted", (cluster, _, _) => cluster.Engines.PostgreSql.StopAsync())
        {
            EndAsync = cluster => cluster.Engines.PostgreSql.ContinueAsync(), IsQuick = true,
        },
        new("postgresql-crash", "PostgreSQL crashes and stays away for a while", async (cluster, pace, token) =>
        {
            await cluster.Engines.PostgreSql.StopAsync("QUIT");
            await Task.Delay(pace.Hold / 2, token);
        })
        {
            EndAsync = cluster => cluster.Engines.PostgreSql.ContinueAsync(),
        },
        new("rabbitmq-stop", "RabbitMQ is gone", async (cluster, pace, token) =>
        {
            await cluster.Engines.RabbitMq.KillAsync();
            await Task.Delay(pace.Hold, token);
        })
        {
            EndAsync = cluster => cluster.Engines.RabbitMq.ContinueAsync(), RidesOutWithin = RidesOut, MayDefer = false, IsQuick = true,
        },
        new("redis-flush", "Redis forgets everything", async (cluster, _, _) =>
        {
            await using var redis = await cluster.Engines.Redis.ConnectAsync();
            await redis.GetServers()[0].FlushAllDatabasesAsync();
        })
        {
            RidesOutWithin = RidesOut, MayDefer = false,
        },
        new("redis-stop", "Redis is gone, and empty when it is back", async (cluster, pace, token) =>
        {
            await cluster.Engines.Redis.KillAsync();
            await Task.Delay(pace.Hold, token);
        })
        {
            EndAsync = cluster => cluster.Engines.Redis.ContinueAsync(), RidesOutWithin = RidesOut, MayDefer = false, IsQuick = true,
        },
        new("redis-hang", "Redis keeps connections and answers nothing", async (cluster, pace, token) =>
        {
            await cluster.Engines.Redis.FreezeAsync();
            await Task.Delay(pace.Hold / 2, token);
        })
        {
            EndAsync = cluster => cluster.Engines.Redis.ThawAsync(), RidesOutWithin = RidesOut, MayDefer = false,
        },
        ObjectStore("s3-slow", "each request to the object store takes a second longer", WireState.Slow) with { RidesOutWithin = RidesOut, MayDefer = false },
        ObjectStore("s3-failing", "the object store answers 503", WireState.Failing) with { IsQuick = true },
        ObjectStore("s3-full", "the object store has no room", WireState.Full) with { IsQuick = true },
        ObjectStore("s3-hang", "the object store keeps connections and answers nothing", WireState.Silent),
    ];

    private static Drill<DrillCluster> ObjectStore(string name, string what, WireState state) => new(name, what, async (cluster, pace, token) =>
    {
        cluster.ObjectStore.State = state;
        await Task.Delay(pace.Hold / 2, token);
    })
    {
        EndAsync = cluster =>
        {
            cluster.ObjectStore.State = WireState.Fine;
            return Task.CompletedTask;
        },
    };
}

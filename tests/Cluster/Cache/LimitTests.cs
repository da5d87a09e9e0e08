using System.Net;
using Mailstead.Cluster.Harness;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories;
using Mailstead.Directories.Credentials;
using Mailstead.Hosting.Cache;
using Mailstead.Hosting.Listeners;
using Mailstead.Stores.Harness;

namespace Mailstead.Cluster.Cache;

/// <summary>Limits hold for all replicas together, and for each by itself while Redis is away.</summary>
public sealed class LimitTests(Engines engines)
{
    private const string Login = "nobody@guesses.mailstead.test";
    private const string Address = "192.0.2.90";

    [Fact]
    public async Task An_address_has_its_connections_at_all_replicas_together()
    {
        var redis = await engines.RedisAsync();
        var (one, other) = await StartTwoAsync(redis);
        await using var _ = one;
        await using var __ = other;
        var (here, there) = (Gate(one, concurrentMax: 3), Gate(other, concurrentMax: 3));
        var client = IPAddress.Parse("192.0.2.77");

        var first = await here.EnterAsync(client);
        Assert.NotNull(first);
        Assert.NotNull(await here.EnterAsync(client));
        Assert.NotNull(await there.EnterAsync(client));
        Assert.Null(await there.EnterAsync(client));
        Assert.NotNull(await there.EnterAsync(IPAddress.Parse("192.0.2.78")));

        first.Value.Dispose();
        await Eventually.BecomesAsync(async () => await there.EnterAsync(client) is not null, "one has gone, one may come");
        Assert.Null(await here.EnterAsync(client));
    }

    [Fact]
    public async Task An_address_has_its_new_connections_of_a_minute_at_all_replicas_together()
    {
        var redis = await engines.RedisAsync();
        var (one, other) = await StartTwoAsync(redis);
        await using var _ = one;
        await using var __ = other;
        var gates = new[] { Gate(one, perMinuteMax: 10), Gate(other, perMinuteMax: 10) };
        var admitted = 0;
        var minute = DateTime.UtcNow.Minute;

        for (var attempt = 0; attempt < 20; attempt++)
        {
            var lease = await gates[attempt % 2].EnterAsync(IPAddress.Parse("192.0.2.79"));
            admitted += lease is null ? 0 : 1;
            lease?.Dispose();
        }

        // Ten more when the minute ended meanwhile.
        Assert.InRange(admitted, 10, DateTime.UtcNow.Minute == minute ? 10 : 20);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_Redis_each_replica_counts_for_itself(bool isFrozen)
    {
        var redis = await engines.RedisAsync();
        var (one, other) = await StartTwoAsync(redis);
        await using var _ = one;
        await using var __ = other;
        var (here, there) = (Gate(one, concurrentMax: 2), Gate(other, concurrentMax: 2));
        var client = IPAddress.Parse($"192.0.2.{(isFrozen ? 80 : 81)}");
        await (isFrozen ? redis.FreezeAsync() : redis.KillAsync());
        try
        {
            foreach (var gate in new[] { here, there })
            {
                Assert.NotNull(await gate.EnterAsync(client));
                Assert.NotNull(await gate.EnterAsync(client));
                Assert.Null(await gate.EnterAsync(client));
            }
        }
        finally
        {
            await (isFrozen ? redis.ThawAsync() : redis.ContinueAsync());
        }

        // Four are open: there is no room for a fifth anywhere, nor when each is counted again.
        await Eventually.BecomesAsync(() => one.Get<SharedCache>().IsConnected && other.Get<SharedCache>().IsConnected, "Redis is back");
        Assert.Null(await here.EnterAsync(client));
    }

    [Fact]
    public async Task Who_guessed_at_one_replica_waits_at_the_other()
    {
        var redis = await engines.RedisAsync();
        var (one, other) = await StartTwoAsync(redis);
        await using var _ = one;
        await using var __ = other;

        using var key = await one.Get<DirectoryKeys>().InstallationAsync(TestContext.Current.CancellationToken);
        for (var guess = 0; guess < 14; guess++)
            await (guess % 2 == 0 ? one : other).Get<SharedGuesses>().FailedAsync(key, Login.ToUpperInvariant(), Address);

        // Seven were wrong at each: alone it would let the next one wait for 4 s, together it is 2^9 s.
        foreach (var replica in new[] { one, other })
        {
            var answer = await GuessAsync(replica);
            Assert.Equal(AuthenticationResult.TooManyAttempts, answer.Result);
            Assert.InRange(answer.RetryAfterSeconds, 100, 512);
        }

        other.Get<SharedGuesses>().Succeeded(key, Login, Address);
        await Eventually.BecomesAsync(
            async () => (await GuessAsync(other)).Result == AuthenticationResult.InvalidCredentials, "the right password clears the login");
    }

    private static async Task<AuthenticateResponse> GuessAsync(Installation replica) =>
        await replica.Directories.AuthenticateAsync(new AuthenticateRequest
        {
            Login = Login,
            Password = "wrong",
            Protocol = ClientProtocol.Imap,
            ClientAddress = Address,
        });

    private static AddressGate Gate(Installation replica, int concurrentMax = 1000, int perMinuteMax = 1000) =>
        new("test", replica.Get<SharedCounts>(), concurrentMax, perMinuteMax, TimeProvider.System);

    private async Task<(Installation One, Installation Other)> StartTwoAsync(RedisServer redis)
    {
        var database = await engines.NewDatabaseAsync();
        var setting = KeyValuePair.Create<string, string?>("Cache:Redis", redis.ConnectionString);
        return (await engines.StartReplicaAsync(database, setting), await engines.StartReplicaAsync(database, setting));
    }
}

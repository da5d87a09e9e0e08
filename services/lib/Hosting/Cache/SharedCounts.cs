using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Mailstead.Hosting.Cache;

/// <summary>
/// How many clients a site has at all replicas, and how many came this minute. Each replica tells its own number, for a while:
/// what a process that died has told is forgotten. Without an answer the limits hold for each replica by itself.
/// </summary>
public sealed class SharedCounts(SharedCache cache, TimeProvider clock) : BackgroundService
{
    private const string Enter =
        """
        local now = redis.call('TIME')[1] * 1000
        local open = tonumber(ARGV[2])
        local told = redis.call('HGETALL', KEYS[1])
        for i = 1, #told, 2 do
          local count, till = string.match(told[i + 1], '(%d+):(%d+)')
          if tonumber(till) < now then
            redis.call('HDEL', KEYS[1], told[i])
          elseif told[i] ~= ARGV[1] then
            open = open + tonumber(count)
          end
        end
        if open > tonumber(ARGV[3]) or tonumber(redis.call('GET', KEYS[2]) or 0) >= tonumber(ARGV[4]) then
          return 0
        end
        redis.call('HSET', KEYS[1], ARGV[1], string.format('%d:%.0f', ARGV[2], now + ARGV[5]))
        redis.call('PEXPIRE', KEYS[1], ARGV[5])
        redis.call('INCR', KEYS[2])
        redis.call('EXPIRE', KEYS[2], 120)
        return 1
        """;

    private const string Report =
        """
        if tonumber(ARGV[2]) == 0 then
          return redis.call('HDEL', KEYS[1], ARGV[1])
        end
        redis.call('HSET', KEYS[1], ARGV[1], string.format('%d:%.0f', ARGV[2], redis.call('TIME')[1] * 1000 + ARGV[3]))
        return redis.call('PEXPIRE', KEYS[1], ARGV[3])
        """;

    private static readonly TimeSpan Life = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    private readonly string self = Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
    private readonly ConcurrentDictionary<(string Gate, string Site), Func<int>> known = new();

    /// <summary>False when the site is over a limit.</summary>
    /// <param name="open">How many it has here, with this one; asked again until it is none.</param>
    public async ValueTask<bool> EnterAsync(
        string gate, string site, Func<int> open, int concurrentMax, int perMinuteMax)
    {
        if (!cache.IsUsed)
            return true;
        var minute = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
        var name = cache.NameOf("open", $"{gate} {site}");
        known[(gate, site)] = open;
        return await cache.AskAsync(
            async database => (bool)await database.ScriptEvaluateAsync(
                Enter, [name, $"{name}:{minute}"], [self, open(), concurrentMax, perMinuteMax, (long)Life.TotalMilliseconds]),
            otherwise: true);
    }

    public void Left(string gate, string site)
    {
        if (known.TryGetValue((gate, site), out var open))
            Tell(gate, site, open);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (cache.IsUsed && !stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var ((gate, site), open) in known)
                Tell(gate, site, open);
        }
    }

    private void Tell(string gate, string site, Func<int> open)
    {
        var count = open();
        if (count == 0)
            known.TryRemove(KeyValuePair.Create((gate, site), open));
        cache.Tell(database => database.ScriptEvaluate(
            Report, [cache.NameOf("open", $"{gate} {site}")], [self, count, (long)Life.TotalMilliseconds], CommandFlags.FireAndForget));
    }
}

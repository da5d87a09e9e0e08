using Mailstead.Hosting.Cache;
using Mailstead.Persistence.Encryption;
using StackExchange.Redis;

namespace Mailstead.Directories.Credentials;

/// <summary>
/// <see cref="GuessLimits"/> over all replicas: whoever waits at one waits at each. What is kept in the cache is a number under a
/// blind index of login and address, and how long it lives says how long to wait. Without the cache each replica counts for itself.
/// </summary>
internal sealed class SharedGuesses(GuessLimits local, SharedCache cache)
{
    private const string Purpose = "guesses";

    private const string Count =
        """
        local count = redis.call('INCR', KEYS[1])
        local wait = 0
        if count > tonumber(ARGV[1]) then
          wait = math.min(1000 * 2 ^ math.min(count - ARGV[1], 10), ARGV[2])
        end
        return redis.call('PEXPIRE', KEYS[1], string.format('%.0f', wait + ARGV[2]))
        """;

    public async ValueTask<TimeSpan> WaitOfAsync(DataKey installation, string login, string address)
    {
        var wait = local.WaitOf(login, address);
        if (!cache.IsUsed)
            return wait;
        foreach (var guess in new[] { GuessLimits.LoginKey(login, address), GuessLimits.AddressKey(address) })
        {
            var name = NameOf(installation, guess);
            var life = await cache.AskAsync(database => database.KeyTimeToLiveAsync(name), null);
            var until = (life ?? TimeSpan.Zero) - GuessLimits.Longest;
            wait = until > wait ? until : wait;
        }

        return wait;
    }

    public async ValueTask FailedAsync(DataKey installation, string login, string address)
    {
        local.Failed(login, address);
        await CountAsync(NameOf(installation, GuessLimits.LoginKey(login, address)), GuessLimits.FreePerLogin);
        await CountAsync(NameOf(installation, GuessLimits.AddressKey(address)), GuessLimits.FreePerAddress);
    }

    public void Succeeded(DataKey installation, string login, string address)
    {
        local.Succeeded(login, address);
        if (cache.IsUsed)
            cache.Tell(database => database.KeyDelete(NameOf(installation, GuessLimits.LoginKey(login, address)), CommandFlags.FireAndForget));
    }

    private static string NameOf(DataKey installation, string guess) => "mailstead:guesses:" + Convert.ToHexStringLower(
        installation.BlindIndex(System.Text.Encoding.UTF8.GetBytes(guess.ToUpperInvariant()), Purpose).AsSpan(0, 16));

    private async ValueTask CountAsync(string name, int free)
    {
        if (cache.IsUsed)
        {
            await cache.AskAsync(
                database => database.ScriptEvaluateAsync(Count, [name], [free, (long)GuessLimits.Longest.TotalMilliseconds]), null!);
        }
    }
}

namespace Mailstead.Persistence.Encryption;

/// <summary>
/// Data keys that this process has asked the key service for, kept for at most a minute and zeroed after. One question at a
/// time is asked for a key, however many wait for it; failures are not remembered.
/// </summary>
public sealed class DataKeyCache : IDisposable
{
    private const int EntriesMax = 100_000;

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    private readonly Func<DataKeyName, CancellationToken, Task<byte[]>> fetch;
    private readonly TimeProvider clock;
    private readonly Dictionary<DataKeyName, DataKeyEntry> entries = [];
    private readonly Dictionary<DataKeyName, Task<DataKeyEntry>> asked = [];
    private readonly Lock gate = new();
    private readonly ITimer sweeper;

    /// <param name="fetch">Asks the key service; the array it returns becomes the cache's own and is zeroed.</param>
    public DataKeyCache(Func<DataKeyName, CancellationToken, Task<byte[]>> fetch, TimeProvider clock)
    {
        this.fetch = fetch;
        this.clock = clock;
        sweeper = clock.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
    }

    /// <summary>A lease of the key. Fails with whatever the key service refused with.</summary>
    public ValueTask<DataKey> GetAsync(DataKeyName name, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (entries.TryGetValue(name, out var entry))
            {
                if (entry.ExpiresAt > clock.GetUtcNow() && entry.TryLease())
                    return ValueTask.FromResult(new DataKey(entry));
                Remove(name, entry);
            }
        }

        return new ValueTask<DataKey>(AskAsync(name, cancellationToken));
    }

    /// <summary>The next use asks the key service again.</summary>
    public void Forget(DataKeyName name)
    {
        lock (gate)
        {
            if (entries.TryGetValue(name, out var entry))
                Remove(name, entry);
        }
    }

    public void Dispose()
    {
        sweeper.Dispose();
        lock (gate)
        {
            foreach (var entry in entries.Values)
                entry.Dispose();
            entries.Clear();
        }
    }

    private async Task<DataKey> AskAsync(DataKeyName name, CancellationToken cancellationToken)
    {
        while (true)
        {
            var entry = await Shared(name).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (entry.TryLease())
                return new DataKey(entry);
        }
    }

    private Task<DataKeyEntry> Shared(DataKeyName name)
    {
        lock (gate)
        {
            if (entries.TryGetValue(name, out var known) && known.ExpiresAt > clock.GetUtcNow())
                return Task.FromResult(known);
            if (!asked.TryGetValue(name, out var asking))
            {
                // Not the caller's token: others wait for the same answer.
                asking = FetchAsync(name);
                if (!asking.IsCompleted)
                    asked[name] = asking;
            }

            return asking;
        }
    }

    private async Task<DataKeyEntry> FetchAsync(DataKeyName name)
    {
        // The minute runs from the question: a key revoked while the answer travels is not used longer for it.
        var askedAt = clock.GetUtcNow();
        await Task.Yield();
        try
        {
            var octets = await fetch(name, CancellationToken.None).ConfigureAwait(false);
            var entry = new DataKeyEntry(octets, askedAt + Life);
            lock (gate)
                Keep(name, entry);
            return entry;
        }
        finally
        {
            lock (gate)
                asked.Remove(name);
        }
    }

    private void Keep(DataKeyName name, DataKeyEntry entry)
    {
        if (entries.TryGetValue(name, out var former))
            Remove(name, former);
        if (entries.Count >= EntriesMax)
            Remove(entries.First().Key, entries.First().Value);
        entries[name] = entry;
    }

    private void Remove(DataKeyName name, DataKeyEntry entry)
    {
        entries.Remove(name);
        entry.Dispose();
    }

    private void Sweep()
    {
        var now = clock.GetUtcNow();
        lock (gate)
        {
            foreach (var (name, entry) in entries.Where(pair => pair.Value.ExpiresAt <= now).ToList())
                Remove(name, entry);
        }
    }
}

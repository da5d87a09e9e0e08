using System.Collections.Concurrent;
using Mailstead.Contracts.Directories.V1;

namespace Mailstead.Directories;

/// <summary>Answers about addresses, for a few seconds at most: every change here empties it, changes elsewhere wait that long.</summary>
internal sealed class RecipientCache(TimeProvider clock)
{
    private const int EntriesMax = 200_000;
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (Recipient Recipient, long ExpiresAt)> entries = new(StringComparer.OrdinalIgnoreCase);
    private int generation;

    /// <summary>Give it back with <see cref="Keep"/>: an answer that was looked up before a change is not kept.</summary>
    public int Generation => Volatile.Read(ref generation);

    public Recipient? Find(string address) =>
        entries.TryGetValue(address, out var entry) && entry.ExpiresAt > clock.GetTimestamp() ? entry.Recipient : null;

    public void Keep(string address, Recipient recipient, int lookedUpIn)
    {
        if (entries.Count >= EntriesMax)
            entries.Clear();
        if (lookedUpIn == Generation)
            entries[address] = (recipient, clock.GetTimestamp() + (long)(Life.TotalSeconds * clock.TimestampFrequency));
    }

    public void Clear()
    {
        Interlocked.Increment(ref generation);
        entries.Clear();
    }
}

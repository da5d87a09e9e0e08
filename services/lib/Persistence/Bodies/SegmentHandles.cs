using Microsoft.Win32.SafeHandles;

namespace Mailstead.Persistence.Bodies;

/// <summary>Open segment files, shared by their readers; the least recently used are closed when nobody reads them.</summary>
internal sealed class SegmentHandles(string folder) : IDisposable
{
    private const int OpenMax = 256;

    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private long clock;

    /// <exception cref="BodyMissingException">There is no such segment.</exception>
    public Lease Take(string segment)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(segment, out var entry))
                entries[segment] = entry = new Entry(Open(segment));
            entry.Readers++;
            entry.UsedAt = ++clock;
            if (entries.Count > OpenMax)
                CloseOldest();
            return new Lease(this, entry);
        }
    }

    /// <summary>The file is about to be deleted; readers that have it open may finish.</summary>
    public void Forget(string segment)
    {
        lock (gate)
        {
            if (!entries.Remove(segment, out var entry))
                return;
            entry.IsForgotten = true;
            if (entry.Readers == 0)
                entry.Handle.Dispose();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var entry in entries.Values)
                entry.Handle.Dispose();
            entries.Clear();
        }
    }

    private SafeFileHandle Open(string segment)
    {
        try
        {
            return File.OpenHandle(
                SegmentFiles.PathOf(folder, segment), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            throw new BodyMissingException(segment);
        }
    }

    private void CloseOldest()
    {
        var oldest = entries.Where(pair => pair.Value.Readers == 0).OrderBy(pair => pair.Value.UsedAt).FirstOrDefault();
        if (oldest.Key is null)
            return;
        entries.Remove(oldest.Key);
        oldest.Value.Handle.Dispose();
    }

    private void Release(Entry entry)
    {
        lock (gate)
        {
            if (--entry.Readers == 0 && entry.IsForgotten)
                entry.Handle.Dispose();
        }
    }

    public readonly struct Lease : IDisposable
    {
        private readonly SegmentHandles owner;
        private readonly Entry entry;

        internal Lease(SegmentHandles owner, object entry) => (this.owner, this.entry) = (owner, (Entry)entry);

        public SafeFileHandle Handle => entry.Handle;

        public void Dispose() => owner.Release(entry);
    }

    private sealed class Entry(SafeFileHandle handle)
    {
        public SafeFileHandle Handle { get; } = handle;

        public int Readers { get; set; }

        public long UsedAt { get; set; }

        public bool IsForgotten { get; set; }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Hosting.Cache;

namespace Mailstead.Mailboxes.Changes;

/// <summary>
/// Tells watchers, here and at other replicas, which mailboxes have changed. A slow watcher costs one pending entry a folder, not
/// one a change.
/// </summary>
internal sealed class WatchHub(SharedNotices notices)
{
    private readonly ConcurrentDictionary<Guid, Watcher[]> watchers = new();
    private readonly Dictionary<Guid, IDisposable> listening = [];
    private readonly Lock gate = new();

    /// <summary>The mailboxes that somebody here watches.</summary>
    public ICollection<Guid> Watched => watchers.Keys;

    public Watcher Add() => new(this);

    public void Publish(Guid mailboxId, Guid folderId, long modSeq, string traceParent)
    {
        Tell(mailboxId, folderId, modSeq, traceParent);
        notices.Publish(mailboxId, string.Create(CultureInfo.InvariantCulture, $"{folderId:N} {modSeq} {traceParent}"));
    }

    /// <summary>To those who watch here alone.</summary>
    public void Tell(Guid mailboxId, Guid folderId, long modSeq, string traceParent)
    {
        if (!watchers.TryGetValue(mailboxId, out var interested))
            return;
        foreach (var watcher in interested)
            watcher.Notice(mailboxId, folderId, modSeq, traceParent);
    }

    private void Register(Guid mailboxId, Watcher watcher)
    {
        lock (gate)
        {
            var present = watchers.GetValueOrDefault(mailboxId) ?? [];
            if (present.Contains(watcher))
                return;
            watchers[mailboxId] = [.. present, watcher];
            if (present.Length == 0)
                listening[mailboxId] = notices.Listen(mailboxId, notice => Hear(mailboxId, notice));
        }
    }

    private void Unregister(Guid mailboxId, Watcher watcher)
    {
        lock (gate)
        {
            if (!watchers.TryGetValue(mailboxId, out var present))
                return;
            Watcher[] rest = [.. present.Where(other => other != watcher)];
            if (rest.Length > 0)
            {
                watchers[mailboxId] = rest;
                return;
            }

            watchers.TryRemove(mailboxId, out _);
            if (listening.Remove(mailboxId, out var over))
                over.Dispose();
        }
    }

    private void Hear(Guid mailboxId, string notice)
    {
        if (notice.Split(' ') is [var folder, var modSeq, var traceParent]
            && Guid.TryParse(folder, out var folderId) && long.TryParse(modSeq, CultureInfo.InvariantCulture, out var changed))
            Tell(mailboxId, folderId, changed, traceParent);
    }

    /// <summary>One gateway process that listens.</summary>
    internal sealed class Watcher(WatchHub hub) : IDisposable
    {
        private const int MailboxesMax = 1_000_000;

        private readonly HashSet<Guid> mailboxes = [];
        private readonly Dictionary<(Guid Mailbox, Guid Folder), MailboxChanged> pending = [];
        private readonly Lock own = new();
        private readonly SemaphoreSlim signal = new(0);

        public void Watch(Guid mailboxId)
        {
            lock (own)
            {
                if (mailboxes.Count >= MailboxesMax)
                    throw Refused.Exhausted($"One stream watches at most {MailboxesMax} mailboxes");
                mailboxes.Add(mailboxId);
            }

            hub.Register(mailboxId, this);
        }

        public void Stop(Guid mailboxId)
        {
            lock (own)
                mailboxes.Remove(mailboxId);
            hub.Unregister(mailboxId, this);
        }

        public void Notice(Guid mailboxId, Guid folderId, long modSeq, string traceParent)
        {
            lock (own)
            {
                // Notices of other replicas come in any order.
                var latest = pending.TryGetValue((mailboxId, folderId), out var earlier) ? Math.Max(modSeq, earlier.HighestModseq) : modSeq;
                pending[(mailboxId, folderId)] = new MailboxChanged
                {
                    MailboxId = mailboxId.ToString(),
                    FolderId = folderId == Guid.Empty ? "" : folderId.ToString(),
                    HighestModseq = latest,
                    TraceParent = traceParent,
                };
                if (pending.Count == 1)
                    signal.Release();
            }
        }

        /// <summary>Everything that changed since the last call, when there is something.</summary>
        public async Task<IReadOnlyList<MailboxChanged>> NextAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                await signal.WaitAsync(cancellationToken);
                lock (own)
                {
                    if (pending.Count == 0)
                        continue;
                    MailboxChanged[] changes = [.. pending.Values];
                    pending.Clear();
                    return changes;
                }
            }
        }

        public void Dispose()
        {
            Guid[] watched;
            lock (own)
                watched = [.. mailboxes];
            foreach (var mailbox in watched)
                hub.Unregister(mailbox, this);
            signal.Dispose();
        }
    }
}

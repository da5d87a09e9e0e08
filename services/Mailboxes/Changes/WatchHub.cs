using System.Collections.Concurrent;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Mailboxes.Changes;

/// <summary>Tells watchers which mailboxes have changed. A slow watcher costs one pending entry a folder, not one a change.</summary>
internal sealed class WatchHub
{
    private readonly ConcurrentDictionary<Guid, Watcher[]> watchers = new();

    public Watcher Add() => new(this);

    public void Publish(Guid mailboxId, Guid folderId, long modSeq, string traceParent)
    {
        if (!watchers.TryGetValue(mailboxId, out var interested))
            return;
        foreach (var watcher in interested)
            watcher.Notice(mailboxId, folderId, modSeq, traceParent);
    }

    private void Register(Guid mailboxId, Watcher watcher) =>
        watchers.AddOrUpdate(
            mailboxId,
            static (_, added) => [added],
            static (_, present, added) => present.Contains(added) ? present : [.. present, added],
            watcher);

    private void Unregister(Guid mailboxId, Watcher watcher)
    {
        while (watchers.TryGetValue(mailboxId, out var present))
        {
            Watcher[] rest = [.. present.Where(other => other != watcher)];
            var isDone = rest.Length == 0
                ? watchers.TryRemove(KeyValuePair.Create(mailboxId, present))
                : watchers.TryUpdate(mailboxId, rest, present);
            if (isDone)
                return;
        }
    }

    /// <summary>One gateway process that listens.</summary>
    internal sealed class Watcher(WatchHub hub) : IDisposable
    {
        private const int MailboxesMax = 1_000_000;

        private readonly HashSet<Guid> mailboxes = [];
        private readonly Dictionary<(Guid Mailbox, Guid Folder), MailboxChanged> pending = [];
        private readonly Lock gate = new();
        private readonly SemaphoreSlim signal = new(0);

        public void Watch(Guid mailboxId)
        {
            lock (gate)
            {
                if (mailboxes.Count >= MailboxesMax)
                    throw Refused.Exhausted($"One stream watches at most {MailboxesMax} mailboxes");
                mailboxes.Add(mailboxId);
            }

            hub.Register(mailboxId, this);
        }

        public void Stop(Guid mailboxId)
        {
            lock (gate)
                mailboxes.Remove(mailboxId);
            hub.Unregister(mailboxId, this);
        }

        public void Notice(Guid mailboxId, Guid folderId, long modSeq, string traceParent)
        {
            lock (gate)
            {
                pending[(mailboxId, folderId)] = new MailboxChanged
                {
                    MailboxId = mailboxId.ToString(),
                    FolderId = folderId == Guid.Empty ? "" : folderId.ToString(),
                    HighestModseq = modSeq,
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
                lock (gate)
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
            lock (gate)
                watched = [.. mailboxes];
            foreach (var mailbox in watched)
                hub.Unregister(mailbox, this);
            signal.Dispose();
        }
    }
}

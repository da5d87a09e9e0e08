using Npgsql;

namespace Mailstead.Persistence.Databases;

/// <summary>
/// Changes of many callers in one transaction: those that came while the last ones were committed. A caller that is alone waits for
/// nobody; many pay for one commit, and one round trip, together.
/// </summary>
internal sealed class SharedTransactions(PostgreSqlDatabase database)
{
    private const int ChangesMax = 64;

    /// <summary>One more begins while the first waits for its commit: the database has more than one core.</summary>
    private const int TransactionsMax = 2;

    private readonly Lock gate = new();
    private readonly Queue<Waiting> waiting = [];
    private int running;

    /// <summary>Until its turn comes, a caller may give up; nothing of his is applied then.</summary>
    public async Task<object?[]> AddAsync(TenantScope tenants, IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        var one = new Waiting(tenants, changes);
        if (IsFirst(one))
            _ = RunAsync();
        await using var giving = cancellationToken.UnsafeRegister(_ => GiveUp(one, cancellationToken), null).ConfigureAwait(false);
        return await one.Task.ConfigureAwait(false);
    }

    private bool IsFirst(Waiting one)
    {
        lock (gate)
        {
            waiting.Enqueue(one);
            if (running == TransactionsMax)
                return false;
            running++;
            return true;
        }
    }

    private void GiveUp(Waiting one, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (!one.IsTaken)
                one.TrySetCanceled(cancellationToken);
        }
    }

    private async Task RunAsync()
    {
        while (HasWaiting())
        {
            try
            {
                // First, for it may take long: who has given up meanwhile is not among those that are taken.
                await using var connection = await database.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
                if (Take() is { Count: > 0 } batch)
                    await ApplyAsync(batch, connection).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                foreach (var one in TakeAll())
                    one.TrySetException(failure);
            }
        }
    }

    /// <summary>False: whoever comes next begins anew.</summary>
    private bool HasWaiting()
    {
        lock (gate)
        {
            running -= waiting.Count == 0 ? 1 : 0;
            return waiting.Count > 0;
        }
    }

    private List<Waiting> Take()
    {
        var batch = new List<Waiting>();
        var changes = 0;
        lock (gate)
        {
            while (waiting.TryPeek(out var next) && (batch.Count == 0 || changes + next.Changes.Count <= ChangesMax))
            {
                waiting.Dequeue();
                if (next.Task.IsCompleted)
                    continue;
                next.IsTaken = true;
                batch.Add(next);
                changes += next.Changes.Count;
            }
        }

        return batch;
    }

    private List<Waiting> TakeAll()
    {
        lock (gate)
        {
            List<Waiting> all = [.. waiting];
            waiting.Clear();
            return all;
        }
    }

    /// <param name="first">Where to try it; null: anywhere, and patiently, for nobody waits behind it.</param>
    private async Task ApplyAsync(List<Waiting> batch, NpgsqlConnection? first)
    {
        // Rows are always locked in the same order, so that no two transactions wait for each other.
        var changes = batch.SelectMany(one => one.Changes.Select((change, index) => (Change: change, Owner: one, Index: index)))
            .OrderBy(one => one.Change.Locks).ToList();
        try
        {
            var results = await database.ApplyAsync(
                first, TenantScope.Of(batch.Select(one => one.Tenants)), changes.ConvertAll(one => one.Change), isPatient: first is null).ConfigureAwait(false);
            for (var i = 0; i < results.Length; i++)
                changes[i].Owner.Results[changes[i].Index] = results[i];
            foreach (var one in batch)
                one.TrySetResult(one.Results);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.LockNotAvailable || (batch.Count > 1 && IsOfOne(refused)))
        {
            // It undid all: each for itself now, and nobody waits for the one that has to.
            foreach (var one in batch)
                _ = ApplyAsync([one], null);
        }
        catch (Exception failure)
        {
            foreach (var one in batch)
                one.TrySetException(failure);
        }
    }

    /// <summary>Bad data, a broken constraint or somebody else's row: one of them was refused, and nothing was committed.</summary>
    private static bool IsOfOne(PostgresException refused) => refused.SqlState[..2] is "22" or "23" or "42";

    private sealed class Waiting(TenantScope tenants, IReadOnlyList<Change> changes)
        : TaskCompletionSource<object?[]>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TenantScope Tenants => tenants;

        public IReadOnlyList<Change> Changes => changes;

        public object?[] Results { get; } = new object?[changes.Count];

        public bool IsTaken { get; set; }
    }
}

using Npgsql;

namespace Mailstead.Persistence.Databases;

/// <summary>
/// Statements of many callers in one transaction: those that came while the last one was committed. A caller that is alone waits for
/// nobody; many pay for one commit, and one round trip, together.
/// </summary>
internal sealed class SharedTransactions(PostgreSqlDatabase database)
{
    private const int RowsMax = 256;

    private readonly Lock gate = new();
    private readonly Queue<Waiting> waiting = [];
    private bool isRunning;

    public Task AddAsync(TenantScope tenants, Statement statement, IReadOnlyList<object?[]> rows)
    {
        var one = new Waiting(tenants, statement, rows);
        lock (gate)
        {
            waiting.Enqueue(one);
            if (isRunning)
                return one.Task;
            isRunning = true;
        }

        _ = RunAsync();
        return one.Task;
    }

    private async Task RunAsync()
    {
        while (Take() is { Count: > 0 } batch)
            await CommitAsync(batch).ConfigureAwait(false);
    }

    /// <summary>Empty: nobody waits, and whoever comes next begins anew.</summary>
    private List<Waiting> Take()
    {
        var batch = new List<Waiting>();
        var rows = 0;
        lock (gate)
        {
            while (waiting.TryPeek(out var next) && (batch.Count == 0 || (rows + next.Rows.Count <= RowsMax && next.Statement == batch[0].Statement)))
            {
                batch.Add(waiting.Dequeue());
                rows += next.Rows.Count;
            }

            isRunning = batch.Count > 0;
        }

        return batch;
    }

    private async Task CommitAsync(List<Waiting> batch)
    {
        try
        {
            await database.WriteAsync(
                TenantScope.Of(batch.Select(one => one.Tenants)),
                transaction => transaction.ExecuteAllAsync(batch[0].Statement, batch.SelectMany(one => one.Rows)), CancellationToken.None).ConfigureAwait(false);
            foreach (var one in batch)
                one.TrySetResult();
        }
        catch (PostgresException refused) when (batch.Count > 1 && IsOfOne(refused))
        {
            // It undid all: each for itself now.
            foreach (var one in batch)
                await CommitAsync([one]).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            foreach (var one in batch)
                one.TrySetException(failure);
        }
    }

    /// <summary>Bad data, a broken constraint or somebody else's row: one of the statements was refused, and nothing was committed.</summary>
    private static bool IsOfOne(PostgresException refused) => refused.SqlState[..2] is "22" or "23" or "42";

    private sealed class Waiting(TenantScope tenants, Statement statement, IReadOnlyList<object?[]> rows)
        : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TenantScope Tenants => tenants;

        public Statement Statement => statement;

        public IReadOnlyList<object?[]> Rows => rows;
    }
}

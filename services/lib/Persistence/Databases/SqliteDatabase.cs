using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Data.Sqlite;

namespace Mailstead.Persistence.Databases;

/// <summary>
/// One SQLite file. One connection writes: the units that came while the last commit ran (at most <see cref="UnitsPerCommit"/>)
/// go into one transaction and share its sync. Readers have connections of their own and never wait for the writer (WAL).
/// </summary>
public sealed class SqliteDatabase : Database
{
    private const int UnitsPerCommit = 64;
    private const int SqliteFull = 13;
    private const int NoSpace = 28;
    private const int UnitsWaitingMax = 4096;
    private const int ReadersMax = 8;

    private readonly string path;
    private readonly SqliteUnit writer;
    private readonly GroupCommit<IWork> commits;
    private readonly ConcurrentBag<SqliteUnit> readers = [];
    private readonly SemaphoreSlim readerSlots = new(ReadersMax);
    private bool isDisposed;

    private SqliteDatabase(string path)
        : base(Dialect.Sqlite)
    {
        this.path = path;
        writer = new SqliteUnit(SqliteConnections.Open(path, readOnly: false));
        commits = new("sqlite " + Path.GetFileNameWithoutExtension(path), UnitsPerCommit, UnitsWaitingMax, CommitTogether);
    }

    private interface IWork
    {
        void Execute(SqliteUnit unit);

        void Succeed();

        void Fail(Exception failure);
    }

    /// <summary>Opens or makes the file; its folder must exist and be the service's alone.</summary>
    public static SqliteDatabase Open(string path) => new(path);

    public override async Task<T> WriteAsync<T>(
        TenantScope tenants, Func<Transaction, ValueTask<T>> unit, CancellationToken cancellationToken)
    {
        var work = new Work<T>(unit);
        await commits.AddAsync(work, cancellationToken).ConfigureAwait(false);
        return await work.Task.ConfigureAwait(false);
    }

    public override async ValueTask<T> ReadAsync<T>(
        TenantScope tenants, Func<Transaction, ValueTask<T>> query, CancellationToken cancellationToken)
    {
        await readerSlots.WaitAsync(cancellationToken).ConfigureAwait(false);
        var reader = readers.TryTake(out var idle) ? idle : new SqliteUnit(SqliteConnections.Open(path, readOnly: true));
        try
        {
            return await query(reader).ConfigureAwait(false);
        }
        finally
        {
            readers.Add(reader);
            readerSlots.Release();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        await Task.Run(commits.Dispose).ConfigureAwait(false);
        foreach (var reader in readers)
            reader.Dispose();
        writer.Run("PRAGMA wal_checkpoint(TRUNCATE);");
        writer.Dispose();
        readerSlots.Dispose();
    }

    private void CommitTogether(List<IWork> batch)
    {
        var done = new List<IWork>(batch.Count);
        try
        {
            writer.Run("BEGIN IMMEDIATE;");
            foreach (var work in batch)
                ExecuteAlone(work, done);
            writer.Run("COMMIT TRANSACTION;");
        }
        catch (Exception failure)
        {
            TryRollBack();
            foreach (var work in done)
                work.Fail(failure);
            foreach (var work in batch.Except(done))
                work.Fail(failure);
            return;
        }

        foreach (var work in done)
            work.Succeed();
    }

    /// <summary>A unit that throws is undone to its savepoint and told at once; the rest of the batch goes on.</summary>
    private void ExecuteAlone(IWork work, List<IWork> done)
    {
        writer.Run("SAVEPOINT unit;");
        try
        {
            work.Execute(writer);
            writer.Run("RELEASE unit;");
            done.Add(work);
        }
        catch (Exception failure)
        {
            UndoUnit(failure);
            work.Fail(failure);
        }
    }

    private void UndoUnit(Exception failure)
    {
        try
        {
            writer.Run("ROLLBACK TO unit;");
            writer.Run("RELEASE unit;");
        }
        catch (SqliteException)
        {
            // SQLite has ended the whole transaction (disk full, I/O error): what it said first is why.
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void TryRollBack()
    {
        try
        {
            writer.Run("ROLLBACK TRANSACTION;");
        }
        catch (SqliteException)
        {
            // The failed statement has already ended the transaction (disk full, I/O error): nothing is left to undo.
        }
    }

    private sealed class Work<T>(Func<Transaction, ValueTask<T>> unit)
        : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously), IWork
    {
        private T? result;

        public void Execute(SqliteUnit transaction)
        {
            var running = unit(transaction);
            if (!running.IsCompleted)
                throw new InvalidOperationException("A unit of work awaited something that is not its transaction");
            result = running.GetAwaiter().GetResult();
        }

        public void Succeed() => TrySetResult(result!);

        /// <summary>A full disk is the same failure here as it is where bodies are written.</summary>
        public void Fail(Exception failure) => TrySetException(
            failure is SqliteException { SqliteErrorCode: SqliteFull } ? new IOException("The database has no room", failure) { HResult = NoSpace } : failure);
    }
}

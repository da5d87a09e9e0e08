namespace Mailstead.Persistence;

/// <summary>
/// Work that many bring and one does, all that waits as one batch, so that load costs no more syncs.
/// <list type="number">
/// <item>In quiet times, who comes when nobody is at work does his own at once, on his own thread: alone, work wakes no other
/// thread, which costs more than the work itself.</item>
/// <item>What comes meanwhile, and everything in busy times, is done by a thread of its own: it blocks, and pool threads have others
/// to serve.</item>
/// <item>Batches never run side by side, and items run in the order in which they came.</item>
/// </list>
/// </summary>
internal sealed class GroupCommit<T> : IDisposable
{
    /// <summary>So many items in a row that found nobody waiting make a time quiet.</summary>
    private const int QuietAfter = 4;

    private readonly int batchMax;
    private readonly Action<List<T>> run;
    private readonly Lock gate = new();
    private readonly Queue<T> waiting = new();
    private readonly SemaphoreSlim room;
    private readonly AutoResetEvent wake = new(initialState: false);
    private readonly List<T> batch = [];
    private readonly Thread thread;
    private Worker worker;
    private int alone = QuietAfter;
    private bool isClosed;

    /// <param name="name">Of the thread.</param>
    /// <param name="batchMax">Items that share one run, at most.</param>
    /// <param name="waitingMax">Items that wait; who brings more waits for room.</param>
    /// <param name="run">Does a batch and tells each item's owner how it went; throws nothing.</param>
    public GroupCommit(string name, int batchMax, int waitingMax, Action<List<T>> run)
    {
        (this.batchMax, this.run) = (batchMax, run);
        room = new(waitingMax);
        thread = new Thread(RunAll) { IsBackground = true, Name = name };
        thread.Start();
    }

    private enum Worker
    {
        Nobody,
        Caller,
        Thread,
    }

    /// <summary>Returns when the item is done or waits for its turn.</summary>
    /// <exception cref="ObjectDisposedException">Nothing is taken any more.</exception>
    public async ValueTask AddAsync(T item, CancellationToken cancellationToken)
    {
        await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!IsWorkerFor(item))
            return;
        batch.Add(item);
        RunBatch();
        HandOver();
    }

    /// <summary>Takes nothing more and returns when everything that was taken is done. Who waits for room is told so.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (isClosed)
                return;
            isClosed = true;
        }

        wake.Set();
        thread.Join();
        wake.Dispose();
    }

    /// <summary>True: the caller is at work from now on. False: the item waits for who is.</summary>
    private bool IsWorkerFor(T item)
    {
        lock (gate)
        {
            if (isClosed)
            {
                room.Release();
                throw new ObjectDisposedException(thread.Name);
            }

            if (worker == Worker.Nobody && alone >= QuietAfter)
            {
                worker = Worker.Caller;
                return true;
            }

            waiting.Enqueue(item);
            if (worker == Worker.Nobody)
            {
                worker = Worker.Thread;
                wake.Set();
            }

            return false;
        }
    }

    private void HandOver()
    {
        lock (gate)
        {
            worker = waiting.Count > 0 ? Worker.Thread : Worker.Nobody;
            alone = waiting.Count > 0 ? 0 : alone;
            // Within the lock: once the thread has seen that all is done, the event is gone.
            if (worker == Worker.Thread || isClosed)
                wake.Set();
        }
    }

    private void RunAll()
    {
        var isOver = false;
        while (!isOver)
        {
            wake.WaitOne();
            while (TakeBatch(out isOver))
                RunBatch();
        }
    }

    private bool TakeBatch(out bool isOver)
    {
        lock (gate)
        {
            if (worker == Worker.Thread)
            {
                while (batch.Count < batchMax && waiting.TryDequeue(out var item))
                    batch.Add(item);
                alone = batch.Count > 1 ? 0 : alone + batch.Count;
                if (batch.Count == 0)
                    worker = Worker.Nobody;
            }

            isOver = isClosed && worker == Worker.Nobody;
            return worker == Worker.Thread;
        }
    }

    private void RunBatch()
    {
        var count = batch.Count;
        try
        {
            run(batch);
        }
        catch (Exception failure)
        {
            // Its owners would wait for ever, and everyone after them. A crash loses nothing that was answered.
            Environment.FailFast($"{thread.Name}: a batch ended without an answer", failure);
        }

        batch.Clear();
        room.Release(count);
    }
}

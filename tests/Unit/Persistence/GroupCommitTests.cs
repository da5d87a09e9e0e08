using System.Collections.Concurrent;
using Mailstead.Persistence;

namespace Mailstead.Unit.Persistence;

/// <summary>What many bring is done once each, in order, in batches that never run side by side.</summary>
public sealed class GroupCommitTests
{
    private const int BatchMax = 16;

    [Fact]
    public async Task In_quiet_times_work_is_done_on_its_owners_thread()
    {
        var threads = new List<int>();
        using var commits = new GroupCommit<int>("test", BatchMax, 100, _ => threads.Add(Environment.CurrentManagedThreadId));

        var mine = Environment.CurrentManagedThreadId;
        var adding = commits.AddAsync(1, CancellationToken.None);

        Assert.True(adding.IsCompletedSuccessfully);
        await adding;
        Assert.Equal([mine], threads);
    }

    [Fact]
    public async Task What_comes_while_a_batch_runs_is_the_next_batch()
    {
        using var running = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var batches = new ConcurrentQueue<int[]>();
        var commits = new GroupCommit<int>("test", BatchMax, 100, batch =>
        {
            batches.Enqueue([.. batch]);
            running.Set();
            goOn.Wait();
        });

        var first = Task.Run(() => commits.AddAsync(0, CancellationToken.None).AsTask(), TestContext.Current.CancellationToken);
        running.Wait(TestContext.Current.CancellationToken);
        for (var i = 1; i <= BatchMax + 2; i++)
            await commits.AddAsync(i, CancellationToken.None);
        goOn.Set();
        await first;
        commits.Dispose();

        Assert.Equal([1, BatchMax, 2], batches.Select(batch => batch.Length));
        Assert.Equal(Enumerable.Range(0, BatchMax + 3), batches.SelectMany(batch => batch));
    }

    [Fact]
    public async Task Everything_is_done_once_and_never_side_by_side()
    {
        const int Owners = 8, Each = 2000;
        var inside = 0;
        var overlaps = 0;
        var done = new List<(int Owner, int Number)>();
        var commits = new GroupCommit<(int Owner, int Number)>("test", BatchMax, 32, batch =>
        {
            overlaps += Interlocked.Increment(ref inside) == 1 && batch.Count <= BatchMax ? 0 : 1;
            done.AddRange(batch);
            Thread.SpinWait(50);
            Interlocked.Decrement(ref inside);
        });

        await Task.WhenAll(Enumerable.Range(0, Owners).Select(owner => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                await commits.AddAsync((owner, i), CancellationToken.None);
                if (i % 97 == 0)
                    await Task.Yield();
            }
        })));
        commits.Dispose();

        Assert.Equal(0, overlaps);
        Assert.Equal(Owners * Each, done.Count);
        foreach (var owner in done.GroupBy(item => item.Owner))
            Assert.Equal(Enumerable.Range(0, Each), owner.Select(item => item.Number));
    }

    [Fact]
    public async Task Who_brings_more_than_there_is_room_for_waits_and_may_give_up()
    {
        using var goOn = new ManualResetEventSlim();
        using var running = new ManualResetEventSlim();
        var commits = new GroupCommit<int>("test", BatchMax, 2, _ =>
        {
            running.Set();
            goOn.Wait();
        });
        var first = Task.Run(() => commits.AddAsync(0, CancellationToken.None).AsTask(), TestContext.Current.CancellationToken);
        running.Wait(TestContext.Current.CancellationToken);
        await commits.AddAsync(1, CancellationToken.None);
        using var patience = new CancellationTokenSource();

        var waits = commits.AddAsync(2, patience.Token).AsTask();
        Assert.False(waits.IsCompleted);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        goOn.Set();
        await first;
        commits.Dispose();
    }

    [Fact]
    public async Task At_the_end_what_was_taken_is_done_and_nothing_more_is_taken()
    {
        using var running = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var done = new List<int>();
        var commits = new GroupCommit<int>("test", BatchMax, 100, batch =>
        {
            running.Set();
            goOn.Wait();
            done.AddRange(batch);
        });
        var first = Task.Run(() => commits.AddAsync(0, CancellationToken.None).AsTask(), TestContext.Current.CancellationToken);
        running.Wait(TestContext.Current.CancellationToken);
        await commits.AddAsync(1, CancellationToken.None);

        var ending = Task.Run(commits.Dispose, TestContext.Current.CancellationToken);
        goOn.Set();
        await ending;
        await first;

        Assert.Equal([0, 1], done);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => commits.AddAsync(2, CancellationToken.None).AsTask());
    }
}

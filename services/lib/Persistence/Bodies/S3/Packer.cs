using System.Buffers;
using System.Threading.Channels;

namespace Mailstead.Persistence.Bodies.S3;

/// <summary>
/// Puts small records into packs: one object for all that came while the objects before were written, so that a small message
/// doesn't cost a request of its own under load, and waits for nobody when it is alone. A pack is never changed.
/// </summary>
internal sealed class Packer : IAsyncDisposable
{
    private const int PackOctetsMax = 8 * 1024 * 1024;

    private readonly S3Bucket bucket;
    private readonly TimeProvider clock;
    private readonly Channel<Waiting> queue = Channel.CreateBounded<Waiting>(PackLayout.RecordsMax);
    private readonly Task[] writers;

    public Packer(S3Bucket bucket, int writers, TimeProvider clock)
    {
        (this.bucket, this.clock) = (bucket, clock);
        this.writers = [.. Enumerable.Range(0, writers).Select(_ => Task.Run(RunAsync))];
    }

    /// <summary>Durable when it returns; <paramref name="record"/> must not change until then.</summary>
    public async ValueTask<string> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(record);
        await queue.Writer.WriteAsync(waiting, cancellationToken).ConfigureAwait(false);
        return await waiting.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await Task.WhenAll(writers).ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var batch = new List<Waiting>(PackLayout.RecordsMax);
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            long length = 0;
            while (batch.Count < PackLayout.RecordsMax && length < PackOctetsMax && queue.Reader.TryRead(out var waiting))
            {
                batch.Add(waiting);
                length += waiting.Record.Length;
            }

            if (batch.Count > 0)
                await WriteAsync(batch, (int)length).ConfigureAwait(false);
            batch.Clear();
        }
    }

    private async Task WriteAsync(List<Waiting> batch, int length)
    {
        var name = "p" + Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
        var total = length + PackLayout.IndexOctets(batch.Count);
        var pack = ArrayPool<byte>.Shared.Rent(total);
        try
        {
            Fill(pack.AsSpan(0, total), batch);
            await bucket.PutAsync(name, pack.AsMemory(0, total), CancellationToken.None).ConfigureAwait(false);
            Answer(batch, name);
        }
        catch (Exception failure)
        {
            // Each of those who wait is told, and none of theirs is there.
            foreach (var waiting in batch)
                waiting.TrySetException(new IOException("The message body could not be stored", failure));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pack);
        }
    }

    private static void Fill(Span<byte> pack, List<Waiting> batch)
    {
        var offset = 0;
        foreach (var waiting in batch)
        {
            waiting.Record.Span.CopyTo(pack[offset..]);
            offset += waiting.Record.Length;
        }

        PackLayout.WriteIndex(pack[offset..], [.. batch.Select(waiting => waiting.Record)]);
    }

    private static void Answer(List<Waiting> batch, string name)
    {
        long offset = 0;
        foreach (var waiting in batch)
        {
            waiting.TrySetResult(new SegmentLocation(name, offset, waiting.Record.Length).ToString());
            offset += waiting.Record.Length;
        }
    }

    private sealed class Waiting(ReadOnlyMemory<byte> record) : TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public ReadOnlyMemory<byte> Record { get; } = record;
    }
}

using System.Threading.Channels;
using Grpc.Core;

namespace Mailstead.Hosting.Grpc;

/// <summary>One direction of a streaming call: bounded, so that a slow reader holds its writer back.</summary>
internal sealed class InProcessStream<T>(InProcessCall call)
    : IAsyncStreamReader<T>, IClientStreamWriter<T>, IServerStreamWriter<T>
{
    /// <summary>Messages in flight. Chunks are at most 64 KB, so a stream holds at most 256 KB.</summary>
    private const int Capacity = 4;

    private readonly Channel<T> channel = Channel.CreateBounded<T>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });

    private readonly TaskCompletionSource first = new();

    /// <summary>Something can be read, or never will be. What awaits it goes on on the writer's thread.</summary>
    public Task First
    {
        get
        {
            call.Cancelled.UnsafeRegister(static first => ((TaskCompletionSource)first!).TrySetResult(), first);
            return first.Task;
        }
    }

    public T Current { get; private set; } = default!;

    public WriteOptions? WriteOptions { get; set; }

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (channel.Reader.TryRead(out var ready))
        {
            Current = ready;
            return true;
        }

        var token = cancellationToken.CanBeCanceled && cancellationToken != call.Cancelled ? cancellationToken : call.Cancelled;
        while (await WaitAsync(token).ConfigureAwait(false))
        {
            if (channel.Reader.TryRead(out var next))
            {
                Current = next;
                return true;
            }
        }

        return false;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        if (channel.Writer.TryWrite(message))
        {
            first.TrySetResult();
            return Task.CompletedTask;
        }

        return WriteSlowlyAsync(message, cancellationToken.CanBeCanceled ? cancellationToken : call.Cancelled);
    }

    public Task CompleteAsync()
    {
        channel.Writer.TryComplete();
        first.TrySetResult();
        return Task.CompletedTask;
    }

    public void Finish(Exception? failure) => channel.Writer.TryComplete(failure);

    /// <summary>The reader has gone: a writer that waits or comes later is told so.</summary>
    public void Close() => channel.Writer.TryComplete();

    private async ValueTask<bool> WaitAsync(CancellationToken token)
    {
        try
        {
            return await channel.Reader.WaitToReadAsync(token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (call.IsPastDeadline)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "Deadline exceeded"));
        }
        catch (OperationCanceledException cancelled)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "Call cancelled", cancelled));
        }
    }

    private async Task WriteSlowlyAsync(T message, CancellationToken token)
    {
        try
        {
            await channel.Writer.WriteAsync(message, token).ConfigureAwait(false);
        }
        catch (ChannelClosedException closed)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "The other side has ended the stream", closed));
        }
        catch (OperationCanceledException cancelled)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "Call cancelled", cancelled));
        }
    }
}

using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Stores.Crashes;

/// <summary>A body store that stops at each piece of a body, before and after it is complete, and around what the collector
/// does.</summary>
internal sealed class ObservedBodyStore(SegmentBodyStore inner, WritePoints points) : IBodyStore, IAsyncDisposable
{
    public BodyWriter Create(Guid bodyId, MessageKey key) => new Writer(inner.Create(bodyId, key), points);

    public ValueTask<BodyReader> OpenAsync(Guid bodyId, string location, MessageKey key, CancellationToken cancellationToken) =>
        inner.OpenAsync(bodyId, location, key, cancellationToken);

    public IAsyncEnumerable<BodySegment> ListClosedSegmentsAsync(CancellationToken cancellationToken) =>
        inner.ListClosedSegmentsAsync(cancellationToken);

    public ValueTask<IReadOnlyList<StoredBody>> ListBodiesAsync(string segment, CancellationToken cancellationToken) =>
        inner.ListBodiesAsync(segment, cancellationToken);

    public async ValueTask<StoredBody> CopyAsync(StoredBody body, CancellationToken cancellationToken)
    {
        var copied = await inner.CopyAsync(body, cancellationToken);
        await points.PassAsync("after a body was copied");
        return copied;
    }

    public async ValueTask DeleteSegmentAsync(string segment, CancellationToken cancellationToken)
    {
        await points.PassAsync("before a segment is deleted");
        await inner.DeleteSegmentAsync(segment, cancellationToken);
        await points.PassAsync("after a segment is deleted");
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Writer(BodyWriter inner, WritePoints points) : BodyWriter
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            await inner.WriteAsync(data, cancellationToken);
            if (data.Length > 60_000 && Random.Shared.Next(8) == 0)
                await points.PassAsync("in the middle of a body");
        }

        public override async ValueTask<StoredBody> CompleteAsync(CancellationToken cancellationToken)
        {
            await points.PassAsync("before a body is complete");
            var stored = await inner.CompleteAsync(cancellationToken);
            await points.PassAsync("after a body is complete");
            return stored;
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

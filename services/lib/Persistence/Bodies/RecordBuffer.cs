using System.Buffers;

namespace Mailstead.Persistence.Bodies;

/// <summary>Pooled octets that grow as they are written.</summary>
internal sealed class RecordBuffer(int capacity) : IDisposable
{
    private byte[] octets = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => octets.AsMemory(0, Length);

    public Span<byte> From(int offset) => octets.AsSpan(offset, Length - offset);

    public Span<byte> Reserve(int count)
    {
        if (octets.Length - Length < count)
            Grow(count);
        return octets.AsSpan(Length, count);
    }

    public void Advance(int count) => Length += count;

    public void Clear() => Length = 0;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(octets);
        octets = [];
        Length = 0;
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(octets.Length * 2, Length + count));
        octets.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(octets);
        octets = larger;
    }
}

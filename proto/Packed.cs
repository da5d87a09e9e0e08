using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Mailstead.Contracts;

/// <summary>
/// The packed fields of contracts: little-endian arrays without framing, so that a hundred thousand uids are one copy, or
/// none within a process. An array that was wrapped must never change again.
/// </summary>
public static class Packed
{
    /// <summary>Wraps without copying.</summary>
    public static ByteString Wrap<T>(T[] values, int count)
        where T : unmanaged =>
        count == 0 ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(new ArrayOctets<T>(values).Memory[..(count * Marshal.SizeOf<T>())]);

    public static ByteString Copy<T>(ReadOnlySpan<T> values)
        where T : unmanaged => ByteString.CopyFrom(MemoryMarshal.AsBytes(values));

    /// <summary>Reads in place. Octets that make no whole value are left out.</summary>
    public static ReadOnlySpan<T> Read<T>(ByteString octets)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(octets.Span);

    /// <summary>Shows an array of numbers as the octets that it is.</summary>
    private sealed class ArrayOctets<T>(T[] values) : System.Buffers.MemoryManager<byte>
        where T : unmanaged
    {
        public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(values.AsSpan());

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) =>
            throw new NotSupportedException("Packed fields are not pinned");

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
